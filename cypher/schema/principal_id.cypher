// principal_id: one principal an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT principal_id IF NOT EXISTS FOR (n:Principal) REQUIRE n.id IS UNIQUE
