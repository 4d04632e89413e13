"""``memos``: the command line. One module a group of commands; none of them loads a model before it needs one."""
