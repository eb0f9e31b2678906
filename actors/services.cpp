#include "actors/services.hpp"

namespace ringmaster {

const store_actor& services::store_of(business_id business) const {
  return stores[static_cast<std::size_t>(shard_of(business)) % stores.size()];
}

const bulk_store_actor& services::bulk_store_of(business_id business) const {
  return bulk_stores[static_cast<std::size_t>(shard_of(business)) % bulk_stores.size()];
}

} // namespace ringmaster
