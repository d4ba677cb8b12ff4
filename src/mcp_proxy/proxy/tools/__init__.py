"""Which tools there are and which are surfaced: the view, the snapshot, each new list.

view      pure: the tools of one gateway through the policy of one profile
shelf     the view in memory and the snapshot on disk
listing   the whole list, asked for on our own account
shape     pure: what a list becomes before the client sees it
keeper    what is done with a list that is another: kept, compared with what was approved
"""
