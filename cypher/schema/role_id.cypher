// role_id: one role an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT role_id IF NOT EXISTS FOR (n:Role) REQUIRE n.id IS UNIQUE
