// spelled: the properties of `of`, a map, a node or a relationship, as one string, the same whenever they are the same; an expression.
// params: none
// needs: of
// yields: STRING
// Texts are written with their lengths, so that no two contents give the same string. How often something was read, and written, is
// not governed; the end of a log is checked with the log; of vectors there is a number beside this.
// Each search makes some hundred of these strings: a subquery that orders, a look into the store a property, and a copy of all that is
// spelt already at each plus sign (hence the brackets) made them twice as dear.
head([kept IN [properties(of)] | reduce(spelt = '', name IN coll.sort([key IN keys(kept) WHERE NOT key IN [
    'digest', 'past_digest', 'embedding', 'access_count', 'last_accessed_at', 'relevance', 'heat', 'heat_at',
    'revision', 'audit_seq', 'audit_hash', 'locked', 'cubes', 'speakers', 'tally', 'tally_mark'
  ]]) | spelt + (';' + name + '=' + CASE
  WHEN kept[name] IS :: STRING THEN size(kept[name]) + ':' + kept[name]
  WHEN kept[name] IS :: LIST<ANY> THEN reduce(items = '[', item IN kept[name] | items + (size(toString(item)) + ':' + toString(item)))
  ELSE coalesce(toStringOrNull(kept[name]), valueType(kept[name]))
END))])
