// space_id: one space an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT space_id IF NOT EXISTS FOR (n:Space) REQUIRE n.id IS UNIQUE
