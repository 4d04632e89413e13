// role: who has a role; no row when its owner has made no such role.
// mode: read
// params: role STRING
// returns: owner STRING, members LIST<MAP>
MATCH (r:Role {id: $role})
WHERE r.created_at IS NOT NULL
RETURN r.owner AS owner,
       COLLECT { MATCH (p:Principal)-[h:HAS_ROLE]->(r) RETURN {principal: p.id, expires_at: h.expires_at, by: h.by, at: h.at} ORDER BY p.id } AS members
