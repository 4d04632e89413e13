// add_member: give a principal a role, until a time if one is given; what the role is denied changes what was cached of those spaces.
// mode: write
// params: role STRING, owner STRING, member STRING, expires_at DATETIME?, now DATETIME
// returns: role STRING
// touches: nothing
// governs: $member, $role
MATCH (r:Role {id: $role, owner: $owner})
WHERE r.created_at IS NOT NULL
MERGE (p:Principal {id: $member})
ON CREATE SET p.kind = 'user', p.created_at = $now
MERGE (p)-[h:HAS_ROLE]->(r)
SET h.expires_at = $expires_at, h.by = $owner, h.at = $now
WITH r
CALL (r) {
  MATCH (r)-[:DENIED]->(c:MemCube)
  WITH DISTINCT c.space AS space
  MATCH (s:Space {id: space})
  SET s.locked = true
  WITH s
  SET s.revision = s.revision + 1
}
RETURN r.id AS role
