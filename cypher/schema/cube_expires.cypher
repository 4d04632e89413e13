// cube_expires: what has come to its end in a space, for the sweep.
// mode: schema
// params: 
// returns: 
CREATE INDEX cube_expires IF NOT EXISTS FOR (n:MemCube) ON (n.space, n.expires_at)
