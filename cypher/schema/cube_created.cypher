// cube_created: pages through a space in the order it was written.
// mode: schema
// params: 
// returns: 
CREATE INDEX cube_created IF NOT EXISTS FOR (n:MemCube) ON (n.space, n.created_at)
