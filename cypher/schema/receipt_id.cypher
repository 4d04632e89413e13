// receipt_id: one receipt an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT receipt_id IF NOT EXISTS FOR (n:Receipt) REQUIRE n.id IS UNIQUE
