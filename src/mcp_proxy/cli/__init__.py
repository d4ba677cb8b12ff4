"""The terminal: parses words, calls the floors below, prints.

    main       finds the command, turns errors into words and an exit code
    command    what a command is, and the parser that complains in our voice
    target     PROFILE | URL and the options of a gateway -> a profile
    arguments  pure: name=value and JSON -> the checked arguments of a tool
    output     tables for people, one document for programs, errors for both
    serve, login, tools, call, config, demo    the commands, one family a file

One family is imported for each run, so that `serve` starts with argparse alone.
"""
