#include "service/blob/blob_service.h"

#include "blob/errors.h"
#include "blob/xml.h"
#include "core/log.h"
#include "core/utf8.h"
#include "service/blob/blob_headers.h"

namespace dms::service {

using blob::blob_error;

namespace {

// A block list of 50,000 ids of 64 bytes.
constexpr std::uint64_t xml_body_limit = 8 << 20;

bool is_copy(const BlobCall& call) { return call.request.headers.contains("x-ms-copy-source"); }

bool is_write_of_bytes(const BlobCall& call) {
  if (is_copy(call)) return false;
  const auto comp = call.query_value("comp");
  return call.request.method == "PUT" && !call.blob.empty() && (comp.empty() || comp == "block");
}

}  // namespace

std::string_view BlobCall::query_value(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (equal_ignoring_case(key, name)) return value;
  return {};
}

BlobService::BlobService(SharedKey key, std::string endpoint, BlobIndex index, Content content,
                         Store& store, Clock& clock)
    : key_(std::move(key)),
      endpoint_(std::move(endpoint)),
      content_(std::move(content)),
      store_(store),
      journal_(store, content_),
      clock_(clock),
      index_(std::move(index)) {}

// /account[/container[/blob…]]; the blob's name keeps its slashes.
Result<BlobCall> BlobService::take_apart(const Request& request) const {
  BlobCall call{.request = request, .query = parse_query(request.url.query)};
  std::string_view rest = request.url.path;
  const std::string account_part = "/" + key_.account;
  if (!rest.starts_with(account_part)) return blob_error("ResourceNotFound");
  rest.remove_prefix(account_part.size());
  if (!rest.empty() && rest.front() != '/') return blob_error("ResourceNotFound");
  if (!rest.empty()) rest.remove_prefix(1);
  const auto slash = std::min(rest.find('/'), rest.size());
  call.container = percent_decode(rest.substr(0, slash));
  if (slash < rest.size()) call.blob = percent_decode(rest.substr(slash + 1));
  if (!is_utf8(call.blob)) return blob_error("InvalidUri", "a blob's name must be UTF-8");
  if (count_characters(call.blob) > 1024)
    return blob_error("OutOfRangeInput", "a blob's name has at most 1024 characters");
  // The store's keys of blocks end in a line of their own.
  if (call.blob.find('\n') != std::string::npos || call.blob.find('\0') != std::string::npos)
    return blob_error("InvalidUri", "a blob's name must not hold a line feed or a NUL");
  return call;
}

Status BlobService::identify_caller(BlobCall& call) {
  const ContainerRecord* container =
      follows_policy(call.query) ? index_.find_container(call.container) : nullptr;
  blob::SasUse use{.container = call.container, .blob = call.blob, .now = clock_.now()};
  if (container) use.policies = container->policies;
  DMS_TRY(call.access, identify(call.request, call.query, key_, use));
  return ok();
}

Result<BlobCall> BlobService::receive(const Request& request) {
  DMS_TRY(BlobCall call, take_apart(request));
  std::unique_lock lock(mutex_, std::defer_lock);
  if (follows_policy(call.query)) lock.lock();
  DMS_CHECK(identify_caller(call));
  DMS_CHECK(check_metadata(request));
  return call;
}

Result<BlobService::Operation> BlobService::find_operation(const BlobCall& call) const {
  const std::string& method = call.request.method;
  const bool read = method == "GET" || method == "HEAD";
  const auto comp = call.query_value("comp");
  // Asked of the account, of a container or of a blob, it is the same.
  if (read && comp == "properties" && equal_ignoring_case(call.query_value("restype"), "account"))
    return &BlobService::show_account;
  if (call.container.empty()) {
    if (read && comp == "list") return &BlobService::list_containers;
  } else if (call.blob.empty()) {
    // Without restype, Azure means a blob of the root container: never a container by mistake.
    if (!equal_ignoring_case(call.query_value("restype"), "container"))
      return blob_error("NotImplemented", "restype=container is missing for " + call.container);
    if (comp == "list" && method == "GET") return &BlobService::list_blobs;
    if (comp.empty() && method == "PUT") return &BlobService::create_container;
    if (comp.empty() && read) return &BlobService::get_container;
    if (comp.empty() && method == "DELETE") return &BlobService::delete_container;
    if (comp == "metadata" && method == "PUT") return &BlobService::set_container_metadata;
    if (comp == "acl" && read) return &BlobService::get_container_acl;
    if (comp == "acl" && method == "PUT") return &BlobService::set_container_acl;
    if (comp == "lease" && method == "PUT") return &BlobService::lease_container;
  } else {
    if (is_copy(call) && method == "PUT" && comp == "block")
      return &BlobService::put_block_from_url;
    const bool from_url = call.request.headers.contains("x-ms-blob-type");
    if (is_copy(call) && method == "PUT" && comp.empty() && !from_url)
      return &BlobService::copy_blob;
    if (is_copy(call))
      return blob_error("NotImplemented",
                        "the local service has Copy Blob and Put Block From URL only");
    if (comp == "blocklist" && method == "PUT") return &BlobService::put_block_list;
    if (comp == "blocklist" && method == "GET") return &BlobService::get_block_list;
    if (comp == "block" && method == "PUT") return &BlobService::put_block;
    if (comp == "lease" && method == "PUT") return &BlobService::lease_blob;
    if (comp == "metadata" && method == "PUT") return &BlobService::set_metadata;
    if (comp == "properties" && method == "PUT") return &BlobService::set_properties;
    if (comp.empty() && method == "PUT") return &BlobService::put_blob;
    if (comp.empty() && read) return &BlobService::get_blob;
    if (comp.empty() && method == "DELETE") return &BlobService::delete_blob;
  }
  return blob_error("NotImplemented", "the local service does not have " + method +
                                          " with comp=" + std::string(comp) + " here");
}

BodyPlan BlobService::plan(const Request& head) {
  BodyPlan plan;
  plan.memory_limit = xml_body_limit;
  const auto refuse = [&](const Error& error) {
    plan.refusal = std::make_unique<Answer>(fail_with(head, error));
  };
  auto call = receive(head);
  // Bytes are taken only from somebody who may write.
  if (!call) {
    refuse(call.error());
  } else if (is_write_of_bytes(*call)) {
    if (auto allowed = check_access(call->access, "cw"); !allowed) {
      refuse(allowed.error());
    } else {
      plan.upload = content_.upload();
    }
  }
  return plan;
}

Answer BlobService::handle(const Request& request, std::unique_ptr<Upload> upload) {
  auto call = receive(request);
  if (!call) return fail_with(request, call.error());
  call->upload = static_cast<ContentUpload*>(upload.get());
  auto operation = find_operation(*call);
  if (!operation) return fail_with(request, operation.error());
  auto answer = (this->**operation)(*call);
  if (!answer) return fail_with(request, answer.error());
  add_common_headers(request, answer->headers);
  return *std::move(answer);
}

Answer BlobService::too_large(const Request& head) {
  return fail_with(head, blob_error("RequestBodyTooLarge"));
}

Answer BlobService::upload_failed(const Request& head, const Error& error) {
  return fail_with(head, error);
}

void BlobService::add_common_headers(const Request& request, Headers& headers) const {
  if (!headers.contains("x-ms-request-id")) headers.set("x-ms-request-id", new_guid());
  const auto version = request.headers.get("x-ms-version");
  headers.set("x-ms-version",
              std::string(version.empty() ? std::string_view(blob::storage_version) : version));
  headers.set("Date", clock_.now().rfc1123());
  headers.set("Server", "dmsbatch");
  if (const auto id = request.headers.find("x-ms-client-request-id"))
    headers.set("x-ms-client-request-id", std::string(*id));
}

Answer BlobService::fail_with(const Request& request, const Error& error) const {
  const bool known = blob::find_error(error.service_code) != nullptr;
  // A full disk and other trouble of this machine: the caller sees that it is ours, the log says
  // what.
  if (!known) log_error("a blob request failed: " + error.message);
  const std::string code = known ? error.service_code : "InternalError";
  Answer answer;
  answer.status = known ? error.http_status : 500;
  add_common_headers(request, answer.headers);
  answer.headers.set("x-ms-error-code", code);
  answer.headers.set(":reason", error.message.substr(0, error.message.find('\n')));
  if (request.method == "HEAD" || answer.status == 304) return answer;
  answer.headers.set("Content-Type", "application/xml");
  answer.body =
      blob::write_error_body({.code = code,
                              .message = error.message + "\nRequestId:" +
                                         std::string(answer.headers.get("x-ms-request-id")) +
                                         "\nTime:" + clock_.now().iso8601()});
  return answer;
}

Timestamp BlobService::next_moment() {
  last_moment_ = std::max(clock_.now(), Timestamp{last_moment_.at + Ticks(1)});
  return last_moment_;
}

void BlobService::touch(BlobRecord& record) {
  auto& properties = record.properties;
  properties.last_modified = next_moment();
  properties.etag = properties.last_modified.etag();
  if (!properties.creation_time) properties.creation_time = properties.last_modified;
  // A write ends what is left of a lease that protects no more.
  if (!record.lease.is_active(properties.last_modified)) record.lease = {};
}

Result<ContainerRecord*> BlobService::container_of(const BlobCall& call) {
  if (ContainerRecord* container = index_.find_container(call.container)) return container;
  return blob_error("ContainerNotFound");
}

Result<BlobRecord*> BlobService::blob_of(const BlobCall& call) {
  DMS_CHECK(container_of(call));
  if (BlobRecord* blob = index_.find_blob(call.container, call.blob)) return blob;
  return blob_error("BlobNotFound");
}

Status BlobService::check_read(const BlobCall& call, std::string_view letters) {
  if (call.access.kind != Access::Kind::anonymous) return check_access(call.access, letters);
  const ContainerRecord* container = index_.find_container(call.container);
  const auto open_to_all = container ? container->item.public_access : blob::PublicAccess::none;
  if (open_to_all == blob::PublicAccess::container) return ok();
  if (open_to_all == blob::PublicAccess::blob && letters == "r") return ok();
  return blob_error("NoAuthenticationInformation");
}

Status BlobService::check_write(const BlobCall& call, std::string_view new_letters) {
  DMS_CHECK(container_of(call));
  const BlobRecord* current = index_.find_blob(call.container, call.blob);
  DMS_CHECK(check_access(call.access, current ? "w" : new_letters));
  DMS_CHECK(check_lease_of(call, current));
  return check_blob_conditions(call.request, current ? &current->properties : nullptr);
}

Status BlobService::commit(Ticket ticket, const std::vector<std::string>& content_to_remove) {
  if (auto durable = store_.wait(ticket); !durable) {
    if (durable.error().code != Code::exhausted) return durable;
    return blob_error("InsufficientStorage", durable.error().message);
  }
  for (const auto& file : content_to_remove) content_.remove(file);
  return ok();
}

}  // namespace dms::service
