#include "service/blob/index.h"

#include "core/codec.h"
#include "service/bad_row.h"

namespace dms::service {

namespace {

constexpr const char* container_kind = "container";
constexpr const char* blob_kind = "blob";
constexpr const char* block_kind = "block";

struct StoredPair {
  std::string name;
  std::string value;
  template <class S = StoredPair>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), required("value", &S::value)};
  }
};

struct StoredPolicy {
  std::string id;
  std::optional<Timestamp> start, expiry;
  std::string permissions;
  template <class S = StoredPolicy>
  static constexpr auto fields() {
    return std::tuple{required("id", &S::id), field("start", &S::start),
                      field("expiry", &S::expiry), field("permissions", &S::permissions)};
  }
};

struct StoredContainer {
  Timestamp last_modified;
  std::string etag;
  std::int64_t public_access = 0;
  std::vector<StoredPair> metadata;
  std::vector<StoredPolicy> policies;
  std::optional<std::string> lease_id;
  std::optional<std::int64_t> lease_seconds;
  std::optional<Timestamp> lease_until, lease_broken_at;
  template <class S = StoredContainer>
  static constexpr auto fields() {
    return std::tuple{required("lastModified", &S::last_modified),
                      required("etag", &S::etag),
                      required("publicAccess", &S::public_access),
                      field("metadata", &S::metadata),
                      field("policies", &S::policies),
                      field("leaseId", &S::lease_id),
                      field("leaseSeconds", &S::lease_seconds),
                      field("leaseUntil", &S::lease_until),
                      field("leaseBrokenAt", &S::lease_broken_at)};
  }
};

struct StoredBlob {
  Timestamp created;
  Timestamp last_modified;
  std::string etag;
  std::int64_t length = 0;
  std::string type, encoding, language, disposition, cache_control, md5;
  std::vector<StoredPair> metadata;
  std::vector<Piece> pieces;
  std::optional<std::string> lease_id;
  std::optional<std::int64_t> lease_seconds;
  std::optional<Timestamp> lease_until, lease_broken_at;
  std::optional<std::string> copy_id, copy_source;
  std::optional<Timestamp> copy_completed;
  template <class S = StoredBlob>
  static constexpr auto fields() {
    return std::tuple{required("created", &S::created),
                      required("lastModified", &S::last_modified),
                      required("etag", &S::etag),
                      required("length", &S::length),
                      field("type", &S::type),
                      field("encoding", &S::encoding),
                      field("language", &S::language),
                      field("disposition", &S::disposition),
                      field("cacheControl", &S::cache_control),
                      field("md5", &S::md5),
                      field("metadata", &S::metadata),
                      field("pieces", &S::pieces),
                      field("leaseId", &S::lease_id),
                      field("leaseSeconds", &S::lease_seconds),
                      field("leaseUntil", &S::lease_until),
                      field("leaseBrokenAt", &S::lease_broken_at),
                      field("copyId", &S::copy_id),
                      field("copySource", &S::copy_source),
                      field("copyCompleted", &S::copy_completed)};
  }
};

// A row's lease, and back.
template <class Row>
Lease lease_of(const Row& row) {
  Lease lease{.id = row.lease_id.value_or(""),
              .duration = {},
              .until = row.lease_until,
              .broken_at = row.lease_broken_at};
  if (row.lease_seconds) lease.duration = std::chrono::seconds(*row.lease_seconds);
  return lease;
}

template <class Row>
void keep_lease(const Lease& lease, Row& row) {
  if (!lease.id.empty()) row.lease_id = lease.id;
  if (lease.duration) row.lease_seconds = lease.duration->count();
  row.lease_until = lease.until;
  row.lease_broken_at = lease.broken_at;
}

std::vector<StoredPair> pairs_of(const blob::Metadata& metadata) {
  std::vector<StoredPair> pairs;
  for (const auto& [name, value] : metadata) pairs.push_back({name, value});
  return pairs;
}

blob::Metadata metadata_of(const std::vector<StoredPair>& pairs) {
  blob::Metadata metadata;
  for (const auto& pair : pairs) metadata[pair.name] = pair.value;
  return metadata;
}

Status load_container(BlobIndex& index, std::string_view key, std::string_view value) {
  auto stored = decode<StoredContainer>(value);
  if (!stored) return bad_row(container_kind, key, stored.error().message);
  ContainerRecord& record = index.containers[std::string(key)];
  record.lease = lease_of(*stored);
  for (auto& policy : stored->policies)
    record.policies.push_back(
        {std::move(policy.id), policy.start, policy.expiry, std::move(policy.permissions)});
  auto& item = record.item;
  item.name = key;
  item.last_modified = stored->last_modified;
  item.etag = stored->etag;
  item.public_access = static_cast<blob::PublicAccess>(stored->public_access);
  item.metadata = metadata_of(stored->metadata);
  return ok();
}

Result<ContainerRecord*> container_of(BlobIndex& index, std::string_view kind,
                                      std::string_view key) {
  ContainerRecord* container = index.find_container(std::string(key.substr(0, key.find('/'))));
  if (!container) return bad_row(kind, key, "its container is not in the store");
  return container;
}

Status load_blob(BlobIndex& index, std::string_view key, std::string_view value) {
  DMS_TRY(ContainerRecord * container, container_of(index, blob_kind, key));
  auto stored = decode<StoredBlob>(value);
  if (!stored) return bad_row(blob_kind, key, stored.error().message);
  BlobRecord& record = container->blobs[std::string(key.substr(key.find('/') + 1))];
  record.properties = {.creation_time = stored->created,
                       .last_modified = stored->last_modified,
                       .etag = stored->etag,
                       .content_length = static_cast<std::uint64_t>(stored->length),
                       .http = {stored->type, stored->encoding, stored->language,
                                stored->disposition, stored->cache_control, stored->md5}};
  record.metadata = metadata_of(stored->metadata);
  record.pieces = std::move(stored->pieces);
  record.lease = lease_of(*stored);
  if (stored->copy_id) {
    const std::string length = std::to_string(stored->length);
    record.copy = {.id = *stored->copy_id,
                   .source = stored->copy_source.value_or(""),
                   .status = "success",
                   .progress = length + "/" + length,
                   .completed = stored->copy_completed};
  }
  return ok();
}

Status load_block(BlobIndex& index, std::string_view key, std::string_view value) {
  DMS_TRY(ContainerRecord * container, container_of(index, block_kind, key));
  auto piece = decode<Piece>(value);
  if (!piece) return bad_row(block_kind, key, piece.error().message);
  const auto slash = key.find('/');
  const auto end = key.rfind('\n');
  const std::string name(key.substr(slash + 1, end - slash - 1));
  std::string id = piece->block_id.value_or("");
  container->staged[name][std::move(id)] = *std::move(piece);
  return ok();
}

}  // namespace

ContainerRecord* BlobIndex::find_container(const std::string& name) {
  const auto it = containers.find(name);
  return it == containers.end() ? nullptr : &it->second;
}

BlobRecord* BlobIndex::find_blob(const std::string& container_name, const std::string& name) {
  ContainerRecord* container = find_container(container_name);
  if (!container) return nullptr;
  const auto it = container->blobs.find(name);
  return it == container->blobs.end() ? nullptr : &it->second;
}

std::set<std::string> BlobIndex::content_files() const {
  std::set<std::string> files;
  for (const auto& [name, container] : containers) {
    for (const auto& [blob_name, blob] : container.blobs)
      for (const auto& piece : blob.pieces) files.insert(piece.file);
    for (const auto& [blob_name, blocks] : container.staged)
      for (const auto& [id, piece] : blocks) files.insert(piece.file);
  }
  return files;
}

Change container_row(const ContainerRecord& container) {
  const auto& item = container.item;
  StoredContainer stored{.last_modified = item.last_modified,
                         .etag = item.etag,
                         .public_access = static_cast<std::int64_t>(item.public_access),
                         .metadata = pairs_of(item.metadata),
                         .policies = {},
                         .lease_id = {},
                         .lease_seconds = {},
                         .lease_until = {},
                         .lease_broken_at = {}};
  for (const auto& policy : container.policies)
    stored.policies.push_back({policy.id, policy.start, policy.expiry, policy.permissions});
  keep_lease(container.lease, stored);
  return Change::put(container_kind, item.name, encode(stored));
}

std::vector<Change> erase_container_rows(const std::string& container) {
  return {Change::erase_prefix(block_kind, container + "/"),
          Change::erase_prefix(blob_kind, container + "/"),
          Change::erase(container_kind, container)};
}

Change blob_row(const std::string& container, const std::string& name, const BlobRecord& blob) {
  const auto& properties = blob.properties;
  const auto& http = properties.http;
  StoredBlob stored{.created = properties.creation_time.value_or(properties.last_modified),
                    .last_modified = properties.last_modified,
                    .etag = properties.etag,
                    .length = static_cast<std::int64_t>(properties.content_length),
                    .type = http.content_type,
                    .encoding = http.content_encoding,
                    .language = http.content_language,
                    .disposition = http.content_disposition,
                    .cache_control = http.cache_control,
                    .md5 = http.content_md5,
                    .metadata = pairs_of(blob.metadata),
                    .pieces = blob.pieces,
                    .lease_id = {},
                    .lease_seconds = {},
                    .lease_until = {},
                    .lease_broken_at = {},
                    .copy_id = {},
                    .copy_source = {},
                    .copy_completed = {}};
  keep_lease(blob.lease, stored);
  if (blob.copy) {
    stored.copy_id = blob.copy->id;
    stored.copy_source = blob.copy->source;
    stored.copy_completed = blob.copy->completed;
  }
  return Change::put(blob_kind, container + "/" + name, encode(stored));
}

Change erase_blob_row(const std::string& container, const std::string& name) {
  return Change::erase(blob_kind, container + "/" + name);
}

std::vector<std::string> files_of(const std::vector<Piece>& pieces) {
  std::vector<std::string> files;
  for (const auto& piece : pieces) files.push_back(piece.file);
  return files;
}

Change block_row(const std::string& container, const std::string& name, const Piece& block) {
  return Change::put(block_kind, container + "/" + name + "\n" + block.block_id.value_or(""),
                     encode(block));
}

Change erase_block_rows(const std::string& container, const std::string& name) {
  return Change::erase_prefix(block_kind, container + "/" + name + "\n");
}

Status load_blob_index(BlobIndex& index, Store& store) {
  using Loader = Status (*)(BlobIndex&, std::string_view, std::string_view);
  const std::pair<const char*, Loader> kinds[] = {
      {container_kind, load_container}, {blob_kind, load_blob}, {block_kind, load_block}};
  for (const auto& [kind, load] : kinds) {
    Status status = ok();
    DMS_CHECK(store.load(kind, [&, load = load](std::string_view key, std::string_view value) {
      if (status) status = load(index, key, value);
    }));
    DMS_CHECK(std::move(status));
  }
  return ok();
}

}  // namespace dms::service
