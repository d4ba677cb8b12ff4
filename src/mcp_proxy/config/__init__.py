"""Settings: from a file, a URL and options to one checked `Profile`.

`model` is what a profile is. `parse` reads the file's text, `overrides` lays the
command line on top; `preset` reads what is known of a system. They build on `table`
(keys and types), `urls`, `checks` (values, and values that must agree), `enquiry` and
`secret` (where a secret lies, and what it must look like). All of these are pure.
`load` touches the disk, the environment and the keyring; `paths` says where our files
lie; `rulebook` gives a profile's policy to whoever decides, with its preset at hand;
`starter` is the file that `config init` writes.

Two promises. A complaint names the key or the option, and the nearest known name.
Secrets stand in settings as references only, and are read when they are needed.
"""
