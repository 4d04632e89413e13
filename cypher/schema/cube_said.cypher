// cube_said: what was said in a span of time.
// mode: schema
// params:
// returns:
CREATE INDEX cube_said IF NOT EXISTS FOR (n:MemCube) ON (n.space, n.said_at)
