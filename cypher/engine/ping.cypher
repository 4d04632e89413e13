// ping: does the database answer at all.
// mode: read
// params:
// returns: one INTEGER
RETURN 1 AS one
