// grantee: the principal or role that a permission in space `s` is for, made where nobody has heard of it, and then of no tenant; no row where `s` is of a tenant and the name is not, whether it is known or not.
// params: grantee STRING, role_of STRING?, now DATETIME
// needs: s, target
// yields: s, target, p
OPTIONAL MATCH (named:Principal {id: coalesce($role_of, $grantee)}) // a role is of its owner's tenant
WITH s, target, named
WHERE s.tenant IS NULL OR named.tenant = s.tenant
MERGE (p:Principal {id: $grantee})
ON CREATE SET p.created_at = CASE WHEN $role_of IS NULL THEN $now END, p.kind = CASE WHEN $role_of IS NULL THEN 'user' END
// A role that its owner has not made yet has no date: it is kept for when it is, since who asks is not told.
FOREACH (_ IN CASE WHEN p.kind IS NULL THEN [1] ELSE [] END | SET p:Role, p.kind = 'role', p.owner = $role_of, p.tenant = named.tenant)
WITH s, target, p
