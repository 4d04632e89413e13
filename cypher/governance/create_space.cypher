// create_space: a space with its owner, made when it is not there yet; an existing one is returned only to its owner.
// mode: write
// params: space STRING, space_key STRING, principal STRING, now DATETIME
// returns: space STRING, created BOOLEAN
// touches: nothing
// governs: $space, $principal
MATCH (p:Principal {id: $principal})
MERGE (s:Space {id: $space})
ON CREATE SET s.space_key = $space_key, s.created_at = $now, s.revision = 0, s.audit_seq = 0, s.cubes = 0, s.owner = $principal, s.tenant = p.tenant
WITH p, s
WHERE s.owner = p.id
MERGE (p)-[:OWNS]->(s)
MERGE (p)-[g:GRANTED]->(s)
ON CREATE SET g.actions = ['read', 'write', 'transform', 'share', 'administer'], g.by = $principal, g.at = $now
RETURN s.id AS space, s.created_at = $now AS created
