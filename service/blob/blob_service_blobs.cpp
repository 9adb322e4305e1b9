// Operations on blobs: whole, by range, and by blocks.
#include <algorithm>

#include "blob/errors.h"
#include "blob/xml.h"
#include "service/blob/blob_headers.h"
#include "service/blob/blob_service.h"

namespace dms::service {

using blob::blob_error;

namespace {

// At a blob whose files are gone when they are opened.
constexpr int most_looks = 100;

std::uint64_t total(const std::vector<Piece>& pieces) {
  std::uint64_t size = 0;
  for (const auto& piece : pieces) size += static_cast<std::uint64_t>(piece.size);
  return size;
}

void apply_sas_overrides(const Access& access, Headers& headers) {
  if (access.kind != Access::Kind::sas) return;
  const std::pair<const char*, const std::string&> overrides[] = {
      {"Cache-Control", access.sas.rscc},
      {"Content-Disposition", access.sas.rscd},
      {"Content-Encoding", access.sas.rsce},
      {"Content-Language", access.sas.rscl},
      {"Content-Type", access.sas.rsct}};
  for (const auto& [name, value] : overrides)
    if (!value.empty()) headers.set(name, value);
}

using PieceById = std::map<std::string_view, const Piece*>;

// The piece that a block list means by an id, or null.
const Piece* find_block(const blob::BlockRef& ref, const std::map<std::string, Piece>& staged,
                        const PieceById& committed) {
  if (ref.source != blob::BlockSource::committed)
    if (const auto it = staged.find(ref.id); it != staged.end()) return &it->second;
  if (ref.source == blob::BlockSource::uncommitted) return nullptr;
  const auto it = committed.find(ref.id);
  return it == committed.end() ? nullptr : it->second;
}

Result<std::vector<Piece>> pick_blocks(const blob::BlockRefs& refs,
                                       const std::map<std::string, Piece>& staged,
                                       const std::vector<Piece>& committed) {
  PieceById by_id;
  for (const auto& piece : committed)
    if (piece.block_id) by_id.emplace(*piece.block_id, &piece);
  std::vector<Piece> pieces;
  for (const auto& ref : refs) {
    const Piece* piece = find_block(ref, staged, by_id);
    if (!piece) return blob_error("InvalidBlockList");
    pieces.push_back(*piece);
  }
  return pieces;
}

// Files that were in `before` and are not in `after`.
std::vector<std::string> dropped(const std::vector<Piece>& before,
                                 const std::vector<Piece>& after) {
  std::set<std::string_view> kept;
  for (const auto& piece : after) kept.insert(piece.file);
  std::vector<std::string> files;
  for (const auto& piece : before)
    if (!kept.contains(piece.file)) files.push_back(piece.file);
  return files;
}

std::vector<Piece> values_of(const std::map<std::string, Piece>& blocks) {
  std::vector<Piece> pieces;
  for (const auto& [id, piece] : blocks) pieces.push_back(piece);
  return pieces;
}

Status check_blob_type(const Request& request) {
  const auto type = request.headers.get("x-ms-blob-type");
  if (type == "BlockBlob") return ok();
  if (type.empty()) return blob_error("MissingRequiredHeader", "x-ms-blob-type is missing");
  return blob_error("NotImplemented",
                    "the local service has block blobs only, not " + std::string(type));
}

// What a write makes of a blob.
void rewrite(BlobRecord& record, const BlobCall& call, std::vector<Piece> pieces) {
  auto& properties = record.properties;
  properties.content_length = total(pieces);
  properties.http = http_headers_of(call.request);
  record.metadata = metadata_of(call.request);
  record.pieces = std::move(pieces);
  record.copy.reset();
}

}  // namespace

Status BlobService::replace_blob(const BlobCall& call, const std::vector<NewContent>& fresh,
                                 Headers& headers, const std::function<void(BlobRecord&)>& write) {
  Ticket ticket = 0;
  std::vector<std::string> garbage;
  {
    std::lock_guard lock(mutex_);
    if (auto allowed = check_write(call, "cw"); !allowed) {
      for (const auto& content : fresh) content_.remove(content.file);
      return std::move(allowed).error();
    }
    ContainerRecord& container = **container_of(call);
    BlobRecord& record = container.blobs[call.blob];
    garbage = files_of(record.pieces);
    write(record);
    touch(record);
    for (const auto& piece : values_of(container.staged[call.blob])) garbage.push_back(piece.file);
    container.staged.erase(call.blob);
    set_modified(headers, record.properties.etag, record.properties.last_modified);
    ticket = journal_.enqueue(
        {blob_row(call.container, call.blob, record), erase_block_rows(call.container, call.blob)},
        fresh);
  }
  return commit(ticket, garbage);
}

Result<Answer> BlobService::put_blob(const BlobCall& call) {
  DMS_CHECK(check_blob_type(call.request));
  DMS_TRY(const std::string md5, checked_md5(call.request, call.upload->md5()));
  std::vector<NewContent> fresh;
  std::vector<Piece> pieces;
  if (call.upload->size() > 0) {
    DMS_TRY(NewContent content, call.upload->finish());
    pieces.push_back({content.file, static_cast<std::int64_t>(call.upload->size()), {}});
    fresh.push_back(std::move(content));
  }
  Answer answer{.status = 201};
  DMS_CHECK(replace_blob(call, fresh, answer.headers, [&](BlobRecord& record) {
    rewrite(record, call, std::move(pieces));
    record.properties.http.content_md5 = md5;
  }));
  answer.headers.set("Content-MD5", md5);
  answer.headers.set("x-ms-request-server-encrypted", "true");
  return answer;
}

Result<Answer> BlobService::put_block_list(const BlobCall& call) {
  DMS_TRY(const std::string md5, checked_md5(call.request, md5_raw(call.request.body)));
  auto refs = blob::read_block_refs(call.request.body);
  if (!refs) return blob_error("InvalidXmlDocument");
  if (refs->size() > blob::max_blocks) return blob_error("BlockListTooLong");
  Answer answer{.status = 201};
  Ticket ticket = 0;
  std::vector<std::string> garbage;
  {
    std::lock_guard lock(mutex_);
    DMS_CHECK(check_write(call, "cw"));
    ContainerRecord& container = **container_of(call);
    const auto found = container.staged.find(call.blob);
    const auto staged =
        found == container.staged.end() ? std::map<std::string, Piece>{} : found->second;
    const BlobRecord* current = index_.find_blob(call.container, call.blob);
    auto before = current ? current->pieces : std::vector<Piece>{};
    DMS_TRY(auto pieces, pick_blocks(*refs, staged, before));
    for (auto& piece : values_of(staged)) before.push_back(std::move(piece));
    garbage = dropped(before, pieces);
    BlobRecord& record = container.blobs[call.blob];
    rewrite(record, call, std::move(pieces));
    touch(record);
    // The plain headers of this request speak of the XML, not of the blob.
    record.properties.http = own_http_headers_of(call.request);
    container.staged.erase(call.blob);
    set_modified(answer.headers, record.properties.etag, record.properties.last_modified);
    ticket = store_.enqueue(
        {blob_row(call.container, call.blob, record), erase_block_rows(call.container, call.blob)});
  }
  DMS_CHECK(commit(ticket, garbage));
  answer.headers.set("Content-MD5", md5);
  answer.headers.set("x-ms-request-server-encrypted", "true");
  return answer;
}

Result<Answer> BlobService::get_block_list(const BlobCall& call) {
  const auto type = call.query_value("blocklisttype");
  if (type != "" && type != "all" && type != "committed" && type != "uncommitted")
    return blob_error("InvalidQueryParameterValue", "blocklisttype is '" + std::string(type) +
                                                        "' and not committed, uncommitted or all");
  const auto parts = type == "all"           ? blob::BlockListParts::all
                     : type == "uncommitted" ? blob::BlockListParts::uncommitted
                                             : blob::BlockListParts::committed;
  std::lock_guard lock(mutex_);
  DMS_CHECK(check_read(call, "r"));
  DMS_TRY(const ContainerRecord* container, container_of(call));
  const BlobRecord* record = index_.find_blob(call.container, call.blob);
  const auto staged = container->staged.find(call.blob);
  if (!record && staged == container->staged.end()) return blob_error("BlobNotFound");
  DMS_CHECK(check_read_lease(call, record ? record->lease : Lease{}, Leased::blob));
  blob::BlockList list;
  Answer answer;
  if (record) {
    for (const auto& piece : record->pieces)
      if (piece.block_id)
        list.committed.push_back({*piece.block_id, static_cast<std::uint64_t>(piece.size)});
    set_modified(answer.headers, record->properties.etag, record->properties.last_modified);
    answer.headers.set("x-ms-blob-content-length",
                       std::to_string(record->properties.content_length));
  }
  if (staged != container->staged.end())
    for (const auto& [id, piece] : staged->second)
      list.uncommitted.push_back({id, static_cast<std::uint64_t>(piece.size)});
  answer.headers.set("Content-Type", "application/xml");
  answer.body = blob::write_block_list(list, parts);
  return answer;
}

Result<Answer> BlobService::get_blob(const BlobCall& call) {
  return look_and_open(call, &BlobService::look_at_blob);
}

Result<Answer> BlobService::look_and_open(const BlobCall& call,
                                          Result<Answer> (BlobService::*look)(const BlobCall&)) {
  // Each further look finds a blob that somebody has written since the one before.
  for (int looks = 1;; ++looks) {
    DMS_TRY(Answer answer, (this->*look)(call));
    const Status opened = Content::open_files(answer.files);
    if (opened) return answer;
    if (opened.error().code == Code::exhausted)
      return blob_error("ServerBusy", "the service has no descriptors left");
    if (opened.error().code != Code::not_found || looks == most_looks) return opened.error();
  }
}

Result<Answer> BlobService::look_at_blob(const BlobCall& call) {
  std::lock_guard lock(mutex_);
  DMS_CHECK(check_read(call, "r"));
  DMS_TRY(const BlobRecord* record, blob_of(call));
  const auto& properties = record->properties;
  DMS_CHECK(check_read_lease(call, record->lease, Leased::blob));
  DMS_CHECK(check_blob_conditions(call.request, &properties));
  Answer answer;
  set_blob_headers(answer.headers, {call.blob, properties, record->metadata});
  set_copy_headers(answer.headers, record->copy);
  set_lease_headers(answer.headers, record->lease, clock_.now());
  apply_sas_overrides(call.access, answer.headers);
  const std::string& md5 = properties.http.content_md5;
  if (call.request.method == "HEAD") {
    if (!md5.empty()) answer.headers.set("Content-MD5", md5);
    answer.head_length = properties.content_length;
    return answer;
  }
  const auto asked = range_of(call.request, properties.content_length);
  if (!asked) {
    Answer refusal = fail_with(call.request, asked.error());
    refusal.headers.set("Content-Range", "bytes */" + std::to_string(properties.content_length));
    return refusal;
  }
  const auto& range = *asked;
  if (range) {
    answer.status = 206;
    answer.headers.set("Content-Range", "bytes " + std::to_string(range->offset) + "-" +
                                            std::to_string(range->offset + range->length - 1) +
                                            "/" + std::to_string(properties.content_length));
    if (!md5.empty()) answer.headers.set("x-ms-blob-content-md5", md5);
  } else if (!md5.empty()) {
    answer.headers.set("Content-MD5", md5);
  }
  answer.files =
      ranges_of(content_, record->pieces, range.value_or(ByteRange{0, properties.content_length}));
  return answer;
}

Result<Answer> BlobService::describe_anew(const BlobCall& call,
                                          void (*change)(BlobRecord&, const Request&)) {
  Answer answer;
  Ticket ticket = 0;
  {
    std::lock_guard lock(mutex_);
    DMS_CHECK(check_access(call.access, "w"));
    DMS_TRY(BlobRecord * record, blob_of(call));
    DMS_CHECK(check_blob_conditions(call.request, &record->properties));
    DMS_CHECK(check_lease_of(call, record));
    change(*record, call.request);
    touch(*record);
    set_modified(answer.headers, record->properties.etag, record->properties.last_modified);
    ticket = store_.enqueue({blob_row(call.container, call.blob, *record)});
  }
  DMS_CHECK(commit(ticket, {}));
  return answer;
}

Result<Answer> BlobService::set_metadata(const BlobCall& call) {
  return describe_anew(call, [](BlobRecord& record, const Request& request) {
    record.metadata = metadata_of(request);
  });
}

// Headers that the request does not name are cleared (REST reference, "Set Blob Properties").
Result<Answer> BlobService::set_properties(const BlobCall& call) {
  return describe_anew(call, [](BlobRecord& record, const Request& request) {
    auto& http = record.properties.http;
    const std::string md5 = http.content_md5;
    http = own_http_headers_of(request);
    if (http.content_md5.empty()) http.content_md5 = md5;
  });
}

Result<Answer> BlobService::delete_blob(const BlobCall& call) {
  Ticket ticket = 0;
  std::vector<std::string> garbage;
  {
    std::lock_guard lock(mutex_);
    DMS_CHECK(check_access(call.access, "d"));
    DMS_TRY(const BlobRecord* record, blob_of(call));
    DMS_CHECK(check_blob_conditions(call.request, &record->properties));
    DMS_CHECK(check_lease_of(call, record));
    garbage = files_of(record->pieces);
    ContainerRecord& container = **container_of(call);
    for (const auto& piece : values_of(container.staged[call.blob])) garbage.push_back(piece.file);
    container.staged.erase(call.blob);
    container.blobs.erase(call.blob);
    ticket = store_.enqueue(
        {erase_blob_row(call.container, call.blob), erase_block_rows(call.container, call.blob)});
  }
  DMS_CHECK(commit(ticket, garbage));
  Answer answer{.status = 202};
  answer.headers.set("x-ms-delete-type-permanent", "true");
  return answer;
}

}  // namespace dms::service
