// create_role: a role under its owner's name, made when it is not there yet; it has what was granted and denied to its name before.
// mode: write
// params: role STRING, owner STRING, now DATETIME
// returns: role STRING, created BOOLEAN
// touches: nothing
// governs: $role
OPTIONAL MATCH (o:Principal {id: $owner})
MERGE (r:Principal {id: $role})
WITH o, r, r.created_at IS NULL AS created
FOREACH (_ IN CASE WHEN created THEN [1] ELSE [] END |
  SET r:Role, r.kind = 'role', r.owner = $owner, r.created_at = $now, r.tenant = o.tenant
)
RETURN r.id AS role, created
