// heard_of: the principal or role that a permission is for, made where nobody has heard of it; a role is of its owner's tenant.
// params: grantee STRING, role_of STRING?, now DATETIME
// needs: s, target
// yields: s, target, p
OPTIONAL MATCH (owning:Principal {id: $role_of})
MERGE (p:Principal {id: $grantee})
ON CREATE SET p.created_at = CASE WHEN $role_of IS NULL THEN $now END, p.kind = CASE WHEN $role_of IS NULL THEN 'user' END
// A role that its owner has not made yet has no date: it is kept for when it is, since who asks is not told.
FOREACH (_ IN CASE WHEN p.kind IS NULL THEN [1] ELSE [] END | SET p:Role, p.kind = 'role', p.owner = $role_of, p.tenant = owning.tenant)
WITH s, target, p
