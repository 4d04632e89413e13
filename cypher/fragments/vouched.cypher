// vouched: what memory `each` says, how it is governed and where it came from, as its digest vouches for it (integrity); an expression.
// params: probe ANY
// needs: each
// yields: MAP
// All its properties are read once: each look into the store for one would cost as much as spelling it.
head([own IN [properties(each)] | {
  id: own.id, space: own.space, state: own.state, digest: own.digest, past_digest: own.past_digest,
  near: CASE WHEN own.embedding IS :: LIST<FLOAT> AND size(own.embedding) = vector_dimension_count($probe)
    THEN vector.similarity.euclidean(own.embedding, $probe) END,
  said: size(labels(each)) + toString(each:Plaintext) + toString(each:Parametric) + head([of IN [own] |
    //> include fragments/spelled
  ]) + reduce(edges = '', edge IN coll.sort([(each)-[of]->(other) WHERE NOT type(of) IN ['NEXT', 'WAS'] |
    '\n>' + type(of) + head([name IN [coalesce(other.id, other.name, '')] | size(name) + ':' + name]) + coalesce(other.number, '') +
      //> include fragments/spelled
  ]) | edges + edge)
    // How many are granted it or denied it alone; who, and what, is looked at with its past: they may be thousands.
    + '\n<' + COUNT { (each)<-[:GRANTED]-() } + '/' + COUNT { (each)<-[:DENIED]-() }
}])
