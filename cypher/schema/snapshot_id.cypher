// snapshot_id: one snapshot an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT snapshot_id IF NOT EXISTS FOR (n:Snapshot) REQUIRE n.id IS UNIQUE
