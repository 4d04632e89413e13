// cube_id: one cube an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT cube_id IF NOT EXISTS FOR (n:MemCube) REQUIRE n.id IS UNIQUE
