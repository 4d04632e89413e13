// holder_id: one place an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT holder_id IF NOT EXISTS FOR (n:Holder) REQUIRE n.id IS UNIQUE
