// cost_key: one sum of costs a space, day, principal, act, form and payload.
// mode: schema
// params: 
// returns: 
CREATE CONSTRAINT cost_key IF NOT EXISTS FOR (n:CostEntry) REQUIRE (n.space, n.day, n.principal, n.act, n.form, n.cube) IS UNIQUE
