// store_id: one marker of the schema's version.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT store_id IF NOT EXISTS FOR (n:Store) REQUIRE n.id IS UNIQUE
