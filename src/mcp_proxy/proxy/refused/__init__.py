"""What is done about the refusals of a gateway: explained, learnt, asked again.

patient    the gateway's side with its HTTP refusals in clear words, waiting where asked to
refusals   all of it, put together when it is first needed
counsel    what a client is told, and what is learnt
learnt     what the gateway refuses for itself is hidden for a while
aside      pure: words of ours before those of the gateway, which all stay
rights     the rights of an identity, asked for behind the calls
behind     what else is asked behind the calls, so that no client need restart
"""
