"""A sign-in that nobody waits for: what is told meanwhile, and how a person is found.

asking       a request put to the gateway, with a sign-in where it wants one
entrance     the sign-in that runs behind the requests that want it
waiting      pure: what a client is told meanwhile
elicitation  the page, put before the person by a legacy host
wish         the same, as what a modern host is asked for
standby      who listens is told later what is new, though nobody can be asked yet
step_up      pure: which uses are worth another authorization request
"""
