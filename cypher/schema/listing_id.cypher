// listing_id: one listing an id.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT listing_id IF NOT EXISTS FOR (n:Listing) REQUIRE n.id IS UNIQUE
