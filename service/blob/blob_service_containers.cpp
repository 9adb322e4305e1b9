// What the account is, operations on containers, and the two lists.
#include <algorithm>
#include <charconv>

#include "blob/errors.h"
#include "blob/xml.h"
#include "service/blob/blob_headers.h"
#include "service/blob/blob_service.h"

namespace dms::service {

using blob::blob_error;

namespace {

// 3 to 63 of lower-case letters, digits and single hyphens, letters or digits at both ends; or one
// of the service's own names.
bool valid_container_name(std::string_view name) {
  if (name == "$root" || name == "$web" || name == "$logs") return true;
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (!alphanumeric(name.front()) || !alphanumeric(name.back())) return false;
  if (name.find("--") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return c == '-' || alphanumeric(c); });
}

Status check_container_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63) return blob_error("OutOfRangeInput");
  if (!valid_container_name(name)) return blob_error("InvalidResourceName");
  return ok();
}

Result<int> page_size(const BlobCall& call) {
  const auto text = call.query_value("maxresults");
  if (text.empty()) return blob::max_list_results;
  int size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size())
    return blob_error("InvalidQueryParameterValue", "maxresults is not a number");
  if (size < 1) return blob_error("OutOfRangeQueryParameterValue", "maxresults must be at least 1");
  return std::min(size, blob::max_list_results);
}

// A marker is the Base64 of the name that the page begins with.
Result<std::string> start_of(const BlobCall& call) {
  auto start = base64_decode(call.query_value("marker"));
  if (!start) return blob_error("InvalidQueryParameterValue", "the marker is not one of ours");
  return start;
}

// What a list is to tell besides names and properties.
struct Include {
  bool metadata = false;
  bool uncommitted = false;  // blobs of which there are only blocks so far
  bool copy = false;
};

// What there is none of here is nothing to tell. Errors: InvalidQueryParameterValue for another
// word.
Result<Include> include_of(const BlobCall& call) {
  Include include;
  std::string_view rest = call.query_value("include");
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    const std::string_view word = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (word == "metadata")
      include.metadata = true;
    else if (word == "uncommittedblobs")
      include.uncommitted = true;
    else if (word == "copy")
      include.copy = true;
    else if (word == "deleted" || word == "snapshots" || word == "versions" || word == "tags" ||
             word == "immutabilitypolicy" || word == "legalhold" || word == "deletedwithversions" ||
             word == "system")
      continue;  // there are none of these
    else
      return blob_error("InvalidQueryParameterValue",
                        "include has '" + std::string(word) + "', which is no kind of things");
  }
  return include;
}

Answer xml_answer(std::string body) {
  Answer answer;
  answer.headers.set("Content-Type", "application/xml");
  answer.body = std::move(body);
  return answer;
}

// The first name that is not before `from`, or null. Names of blobs of which there are only blocks
// count when `uncommitted` says so.
const std::string* first_name(const ContainerRecord& container, const std::string& from,
                              bool uncommitted) {
  const auto blob = container.blobs.lower_bound(from);
  const std::string* name = blob == container.blobs.end() ? nullptr : &blob->first;
  if (!uncommitted) return name;
  auto staged = container.staged.lower_bound(from);
  while (staged != container.staged.end() && staged->second.empty()) ++staged;
  if (staged == container.staged.end()) return name;
  return name && *name <= staged->first ? name : &staged->first;
}

blob::BlobItem item_of(const ContainerRecord& container, const std::string& name,
                       const Include& include, Timestamp now) {
  blob::BlobItem item{.name = name, .properties = {}, .metadata = {}};
  const auto found = container.blobs.find(name);
  if (found == container.blobs.end()) {
    item.properties.last_modified = container.item.last_modified;
    return item;
  }
  const BlobRecord& record = found->second;
  item.properties = record.properties;
  item.lease = words_of(record.lease, now);
  if (include.metadata) item.metadata = record.metadata;
  if (include.copy) item.copy = record.copy;
  return item;
}

// Fills the page from `start` on; what does not fit any more becomes the next marker. Names are
// UTF-8 without NUL: a NUL behind one is the next name at the earliest, and 0xFF is behind all that
// begin with it.
void fill_page(const ContainerRecord& container, const std::string& start, const Include& include,
               Timestamp now, blob::BlobList& page) {
  int count = 0;
  std::string from = std::max(start, page.prefix);
  while (const std::string* name = first_name(container, from, include.uncommitted)) {
    if (!name->starts_with(page.prefix)) return;
    if (count++ == page.max_results) {
      page.next_marker = base64_encode(*name);
      return;
    }
    const auto end =
        page.delimiter.empty() ? std::string::npos : name->find(page.delimiter, page.prefix.size());
    if (end == std::string::npos) {
      page.blobs.push_back(item_of(container, *name, include, now));
      from = *name + '\0';
    } else {
      page.prefixes.push_back(name->substr(0, end + page.delimiter.size()));
      from = page.prefixes.back() + '\xff';
    }
  }
}

std::vector<std::string> content_of(const ContainerRecord& container) {
  BlobIndex alone;
  alone.containers[container.item.name] = container;
  const auto files = alone.content_files();
  return {files.begin(), files.end()};
}

}  // namespace

Result<Answer> BlobService::show_account(const BlobCall& call) {
  if (call.access.kind == Access::Kind::anonymous) return blob_error("NoAuthenticationInformation");
  Answer answer;
  answer.headers.set("x-ms-sku-name", "Standard_LRS");
  answer.headers.set("x-ms-account-kind", "StorageV2");
  answer.headers.set("x-ms-is-hns-enabled", "false");
  return answer;
}

Result<Answer> BlobService::list_containers(const BlobCall& call) {
  DMS_CHECK(check_container_access(call.access, "l"));
  DMS_TRY(const int size, page_size(call));
  DMS_TRY(const std::string start, start_of(call));
  DMS_TRY(const Include include, include_of(call));
  blob::ContainerList page;
  page.service_endpoint = endpoint_;
  page.prefix = call.query_value("prefix");
  page.marker = call.query_value("marker");
  page.max_results = size;
  std::lock_guard lock(mutex_);
  for (auto it = index_.containers.lower_bound(std::max(start, page.prefix));
       it != index_.containers.end() && it->first.starts_with(page.prefix); ++it) {
    if (static_cast<int>(page.containers.size()) == size) {
      page.next_marker = base64_encode(it->first);
      break;
    }
    page.containers.push_back(it->second.item);
    page.containers.back().lease = words_of(it->second.lease, clock_.now());
    if (!include.metadata) page.containers.back().metadata.clear();
  }
  return xml_answer(blob::write_container_list(page));
}

Result<Answer> BlobService::create_container(const BlobCall& call) {
  DMS_CHECK(check_container_access(call.access, "cw"));
  DMS_CHECK(check_container_name(call.container));
  DMS_TRY(const auto public_access, public_access_of(call.request));
  Answer answer{.status = 201};
  Ticket ticket = 0;
  {
    std::lock_guard lock(mutex_);
    if (index_.find_container(call.container)) return blob_error("ContainerAlreadyExists");
    ContainerRecord& container = index_.containers[call.container];
    auto& item = container.item;
    item.name = call.container;
    item.last_modified = next_moment();
    item.etag = item.last_modified.etag();
    item.metadata = metadata_of(call.request);
    item.public_access = public_access;
    set_modified(answer.headers, item.etag, item.last_modified);
    ticket = store_.enqueue({container_row(container)});
  }
  DMS_CHECK(commit(ticket, {}));
  return answer;
}

Result<Answer> BlobService::get_container(const BlobCall& call) {
  std::lock_guard lock(mutex_);
  DMS_CHECK(check_container_access(call.access, "r"));
  DMS_TRY(const ContainerRecord* container, container_of(call));
  DMS_CHECK(check_read_lease(call, container->lease, Leased::container));
  Answer answer;
  set_modified(answer.headers, container->item.etag, container->item.last_modified);
  set_lease_headers(answer.headers, container->lease, clock_.now());
  set_public_access(answer.headers, container->item.public_access);
  for (const auto& [name, value] : container->item.metadata)
    answer.headers.set("x-ms-meta-" + name, value);
  return answer;
}

Result<Answer> BlobService::delete_container(const BlobCall& call) {
  DMS_CHECK(check_container_access(call.access, "d"));
  Ticket ticket = 0;
  std::vector<std::string> content;
  {
    std::lock_guard lock(mutex_);
    DMS_TRY(const ContainerRecord* container, container_of(call));
    DMS_CHECK(check_lease(container->lease, call.request.headers.get("x-ms-lease-id"), clock_.now(),
                          Leased::container));
    DMS_CHECK(check_container_conditions(call.request, container->item));
    content = content_of(*container);
    index_.containers.erase(call.container);
    ticket = store_.enqueue(erase_container_rows(call.container));
  }
  DMS_CHECK(commit(ticket, content));
  return Answer{.status = 202};
}

Result<Answer> BlobService::change_container(const BlobCall& call,
                                             const std::function<void(ContainerRecord&)>& change) {
  Answer answer;
  Ticket ticket = 0;
  {
    std::lock_guard lock(mutex_);
    DMS_TRY(ContainerRecord * container, container_of(call));
    DMS_CHECK(check_read_lease(call, container->lease, Leased::container));
    DMS_CHECK(check_container_conditions(call.request, container->item));
    change(*container);
    auto& item = container->item;
    item.last_modified = next_moment();
    item.etag = item.last_modified.etag();
    set_modified(answer.headers, item.etag, item.last_modified);
    ticket = store_.enqueue({container_row(*container)});
  }
  DMS_CHECK(commit(ticket, {}));
  return answer;
}

Result<Answer> BlobService::set_container_metadata(const BlobCall& call) {
  DMS_CHECK(check_container_access(call.access, "w"));
  return change_container(call, [&](ContainerRecord& container) {
    container.item.metadata = metadata_of(call.request);
  });
}

Result<Answer> BlobService::list_blobs(const BlobCall& call) {
  DMS_TRY(const int size, page_size(call));
  DMS_TRY(const std::string start, start_of(call));
  DMS_TRY(const Include include, include_of(call));
  blob::BlobList page;
  page.service_endpoint = endpoint_;
  page.container = call.container;
  page.prefix = call.query_value("prefix");
  page.marker = call.query_value("marker");
  page.delimiter = call.query_value("delimiter");
  page.max_results = size;
  {
    std::lock_guard lock(mutex_);
    DMS_CHECK(check_read(call, "l"));
    DMS_TRY(const ContainerRecord* container, container_of(call));
    fill_page(*container, start, include, clock_.now(), page);
  }
  return xml_answer(blob::write_blob_list(page));
}

}  // namespace dms::service
