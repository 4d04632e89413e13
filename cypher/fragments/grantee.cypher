// grantee: the principal or role that a permission in space `s` is for, made where nobody has heard of it, and then of no tenant; no row where `s` is of a tenant and the name is not, whether it is known or not.
// params: grantee STRING, role_of STRING?, now DATETIME
// needs: s, target
// yields: s, target, p
OPTIONAL MATCH (named:Principal {id: coalesce($role_of, $grantee)}) // a role is of its owner's tenant
WITH s, target, named
WHERE s.tenant IS NULL OR named.tenant = s.tenant
//> include fragments/heard_of
