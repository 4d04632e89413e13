// cube_identity: one cube for each message of a source, however often it is sent.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT cube_identity IF NOT EXISTS FOR (n:MemCube) REQUIRE n.identity IS UNIQUE
