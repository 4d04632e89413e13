// create_role: a role under its owner's name, made when it is not there yet.
// mode: write
// params: role STRING, owner STRING, now DATETIME
// returns: role STRING, created BOOLEAN
OPTIONAL MATCH (o:Principal {id: $owner})
MERGE (r:Principal {id: $role})
ON CREATE SET r:Role, r.kind = 'role', r.owner = $owner, r.created_at = $now, r.tenant = o.tenant
RETURN r.id AS role, r.created_at = $now AS created
