// cube_fingerprint: finds the fact a rewording repeats.
// mode: schema
// params: 
// returns: 
CREATE INDEX cube_fingerprint IF NOT EXISTS FOR (n:MemCube) ON (n.space, n.fingerprint)
