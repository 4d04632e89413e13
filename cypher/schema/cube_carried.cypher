// cube_carried: finds a memory of a space by the id it travelled with.
// mode: schema
// params:
// returns:
CREATE INDEX cube_carried IF NOT EXISTS FOR (n:MemCube) ON (n.space, n.carried_id)
