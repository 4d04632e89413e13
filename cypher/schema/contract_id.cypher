// contract_id: one contract an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT contract_id IF NOT EXISTS FOR (n:Contract) REQUIRE n.id IS UNIQUE
