#include "blob/xml.h"

#include <array>
#include <charconv>
#include <limits>
#include <pugixml.hpp>

#include "core/crypto.h"
#include "core/http.h"

namespace dms::blob {
namespace {

using pugi::xml_document;
using pugi::xml_node;

// ---- writing ----

class StringWriter : public pugi::xml_writer {
 public:
  void write(const void* data, std::size_t size) override {
    text_.append(static_cast<const char*>(data), size);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

xml_node start_document(xml_document& document, const char* root) {
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  declaration.append_attribute("standalone") = "yes";
  return document.append_child(root);
}

std::string finish(const xml_document& document) {
  StringWriter writer;
  document.save(writer, "", pugi::format_raw, pugi::encoding_utf8);
  return writer.take();
}

xml_node add(xml_node parent, const char* name, const std::string& text) {
  xml_node child = parent.append_child(name);
  if (!text.empty()) child.text().set(text.c_str());
  return child;
}

void add(xml_node parent, const char* name, std::uint64_t number) {
  add(parent, name, std::to_string(number));
}

// Whether the text has a character that XML 1.0 cannot hold, or that a reader would normalise.
bool needs_encoding(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return true;
  }
  // U+FFFE and U+FFFF, the two others that XML leaves out.
  return text.find("\xEF\xBF\xBE") != text.npos || text.find("\xEF\xBF\xBF") != text.npos;
}

void add_name(xml_node parent, const std::string& name) {
  if (!needs_encoding(name)) {
    add(parent, "Name", name);
    return;
  }
  add(parent, "Name", percent_encode(name)).append_attribute("Encoded") = "true";
}

void add_metadata(xml_node parent, const Metadata& metadata) {
  if (metadata.empty()) return;
  auto node = parent.append_child("Metadata");
  for (const auto& [name, value] : metadata) add(node, name.c_str(), value);
}

// The six headers under which a blob is served, and their elements.
struct HttpElement {
  const char* name;
  std::string BlobHttpHeaders::*member;
};

constexpr std::array<HttpElement, 6> http_elements{{
    {"Content-Type", &BlobHttpHeaders::content_type},
    {"Content-Encoding", &BlobHttpHeaders::content_encoding},
    {"Content-Language", &BlobHttpHeaders::content_language},
    {"Content-MD5", &BlobHttpHeaders::content_md5},
    {"Cache-Control", &BlobHttpHeaders::cache_control},
    {"Content-Disposition", &BlobHttpHeaders::content_disposition},
}};

void add_lease(xml_node parent, const LeaseWords& lease) {
  add(parent, "LeaseStatus", lease.status);
  add(parent, "LeaseState", lease.state);
  if (!lease.duration.empty()) add(parent, "LeaseDuration", lease.duration);
}

void add_properties(xml_node parent, const BlobItem& item) {
  const BlobProperties& properties = item.properties;
  auto node = parent.append_child("Properties");
  if (properties.creation_time) add(node, "Creation-Time", properties.creation_time->rfc1123());
  add(node, "Last-Modified", properties.last_modified.rfc1123());
  add(node, "Etag", properties.etag);
  add(node, "Content-Length", properties.content_length);
  for (const auto& element : http_elements)
    add(node, element.name, properties.http.*element.member);
  add(node, "BlobType", properties.blob_type);
  add_lease(node, item.lease);
  if (item.copy) {
    add(node, "CopyId", item.copy->id);
    add(node, "CopyStatus", item.copy->status);
    add(node, "CopySource", item.copy->source);
    add(node, "CopyProgress", item.copy->progress);
    if (item.copy->completed) add(node, "CopyCompletionTime", item.copy->completed->rfc1123());
  }
  add(node, "ServerEncrypted", std::string("false"));
}

void add_blocks(xml_node parent, const char* name, const std::vector<Block>& blocks) {
  auto node = parent.append_child(name);
  for (const auto& block : blocks) {
    auto child = node.append_child("Block");
    add(child, "Name", block.id);
    add(child, "Size", block.size_bytes);
  }
}

constexpr std::array<std::pair<BlockSource, const char*>, 3> block_sources{{
    {BlockSource::committed, "Committed"},
    {BlockSource::uncommitted, "Uncommitted"},
    {BlockSource::latest, "Latest"},
}};

const char* public_access_text(PublicAccess access) {
  return access == PublicAccess::container ? "container" : "blob";
}

// ---- reading ----

Error unreadable(std::string what) {
  Error error = fail(Code::corrupt, std::move(what));
  error.service_code = "InvalidXmlDocument";
  return error;
}

// Parses `xml` and brings its root element, which must have the name `root`.
Result<xml_node> parse(xml_document& document, std::string_view xml, const char* root) {
  // A name of blanks only is a name.
  constexpr unsigned flags = pugi::parse_default | pugi::parse_ws_pcdata_single;
  const auto parsed = document.load_buffer(xml.data(), xml.size(), flags);
  if (!parsed)
    return unreadable(std::string("not an XML document: ") + parsed.description() + " at byte " +
                      std::to_string(parsed.offset));
  const xml_node node = document.child(root);
  if (!node) return unreadable(std::string("the XML has no root element <") + root + ">");
  return node;
}

std::string text(xml_node parent, const char* name) { return parent.child(name).text().get(); }

Result<std::uint64_t> read_number(xml_node parent, const char* name) {
  const std::string value = text(parent, name);
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (problem != std::errc{} || end != value.data() + value.size())
    return unreadable(std::string("<") + name + "> is not a size: '" + value + "'");
  return number;
}

// Left out by a service whose page is as long as it can be.
Result<int> read_max_results(xml_node root) {
  if (!root.child("MaxResults")) return max_list_results;
  DMS_TRY(const auto number, read_number(root, "MaxResults"));
  if (number > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
    return unreadable("<MaxResults> is too large");
  return static_cast<int>(number);
}

Result<Timestamp> read_time(xml_node parent, const char* name) {
  auto parsed = Timestamp::parse(text(parent, name));
  if (!parsed) return unreadable(std::string("<") + name + ">: " + parsed.error().message);
  return parsed;
}

std::string read_etag(xml_node parent) {
  std::string etag = text(parent, "Etag");
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
    etag = etag.substr(1, etag.size() - 2);
  return etag;
}

std::string read_name(xml_node parent) {
  const xml_node name = parent.child("Name");
  const std::string value = name.text().get();
  return name.attribute("Encoded").as_bool() ? percent_decode(value) : value;
}

LeaseWords read_lease(xml_node properties) {
  return {text(properties, "LeaseState"), text(properties, "LeaseStatus"),
          text(properties, "LeaseDuration")};
}

Metadata read_metadata(xml_node parent) {
  Metadata metadata;
  for (const xml_node entry : parent.child("Metadata").children()) {
    if (entry.type() != pugi::node_element) continue;
    std::string name = entry.name();
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    metadata.emplace(std::move(name), entry.text().get());
  }
  return metadata;
}

Result<BlobItem> read_blob_item(xml_node node) {
  BlobItem item;
  item.name = read_name(node);
  const xml_node properties = node.child("Properties");
  auto& out = item.properties;
  if (properties.child("Creation-Time")) {
    DMS_TRY(out.creation_time, read_time(properties, "Creation-Time"));
  }
  DMS_TRY(out.last_modified, read_time(properties, "Last-Modified"));
  out.etag = read_etag(properties);
  DMS_TRY(out.content_length, read_number(properties, "Content-Length"));
  for (const auto& element : http_elements)
    out.http.*element.member = text(properties, element.name);
  out.blob_type = text(properties, "BlobType");
  item.lease = read_lease(properties);
  item.metadata = read_metadata(node);
  return item;
}

Result<ContainerItem> read_container_item(xml_node node) {
  ContainerItem item;
  item.name = text(node, "Name");
  const xml_node properties = node.child("Properties");
  DMS_TRY(item.last_modified, read_time(properties, "Last-Modified"));
  item.etag = read_etag(properties);
  const std::string access = text(properties, "PublicAccess");
  if (access == "container") item.public_access = PublicAccess::container;
  if (access == "blob") item.public_access = PublicAccess::blob;
  item.lease = read_lease(properties);
  item.metadata = read_metadata(node);
  return item;
}

// "2029-12-31T10:00:00.0000000Z": the one form with a fraction that every service reads.
std::string policy_time(Timestamp time) {
  std::string text = time.iso8601();
  constexpr std::size_t to_the_second = 19, digits = 7;
  text.pop_back();
  if (text.size() == to_the_second) text += '.';
  text.resize(to_the_second + 1 + digits, '0');
  return text + 'Z';
}

Result<std::optional<Timestamp>> read_policy_time(xml_node parent, const char* name) {
  const std::string value = text(parent, name);
  if (value.empty()) return std::optional<Timestamp>{};
  const auto parsed = parse_sas_time(value);
  if (!parsed) return unreadable(std::string("<") + name + ">: " + parsed.error().message);
  return std::optional(*parsed);
}

Result<std::vector<Block>> read_blocks(xml_node parent) {
  std::vector<Block> blocks;
  for (const xml_node node : parent.children("Block")) {
    DMS_TRY(const auto size, read_number(node, "Size"));
    blocks.push_back({text(node, "Name"), size});
  }
  return blocks;
}

}  // namespace

std::string write_blob_list(const BlobList& list) {
  xml_document document;
  auto root = start_document(document, "EnumerationResults");
  root.append_attribute("ServiceEndpoint") = list.service_endpoint.c_str();
  root.append_attribute("ContainerName") = list.container.c_str();
  add(root, "Prefix", list.prefix);
  add(root, "Marker", list.marker);
  add(root, "MaxResults", static_cast<std::uint64_t>(list.max_results));
  if (!list.delimiter.empty()) add(root, "Delimiter", list.delimiter);
  auto blobs = root.append_child("Blobs");
  for (const auto& item : list.blobs) {
    auto node = blobs.append_child("Blob");
    add_name(node, item.name);
    add_properties(node, item);
    add_metadata(node, item.metadata);
  }
  for (const auto& prefix : list.prefixes) add_name(blobs.append_child("BlobPrefix"), prefix);
  add(root, "NextMarker", list.next_marker);
  return finish(document);
}

Result<BlobList> read_blob_list(std::string_view xml) {
  xml_document document;
  DMS_TRY(const xml_node root, parse(document, xml, "EnumerationResults"));
  BlobList list;
  list.service_endpoint = root.attribute("ServiceEndpoint").value();
  list.container = root.attribute("ContainerName").value();
  list.prefix = text(root, "Prefix");
  list.marker = text(root, "Marker");
  DMS_TRY(list.max_results, read_max_results(root));
  list.delimiter = text(root, "Delimiter");
  for (const xml_node node : root.child("Blobs").children("Blob")) {
    DMS_TRY(auto item, read_blob_item(node));
    list.blobs.push_back(std::move(item));
  }
  for (const xml_node node : root.child("Blobs").children("BlobPrefix"))
    list.prefixes.push_back(read_name(node));
  list.next_marker = text(root, "NextMarker");
  return list;
}

std::string write_container_list(const ContainerList& list) {
  xml_document document;
  auto root = start_document(document, "EnumerationResults");
  root.append_attribute("ServiceEndpoint") = list.service_endpoint.c_str();
  add(root, "Prefix", list.prefix);
  add(root, "Marker", list.marker);
  add(root, "MaxResults", static_cast<std::uint64_t>(list.max_results));
  auto containers = root.append_child("Containers");
  for (const auto& item : list.containers) {
    auto node = containers.append_child("Container");
    add(node, "Name", item.name);
    auto properties = node.append_child("Properties");
    add(properties, "Last-Modified", item.last_modified.rfc1123());
    add(properties, "Etag", '"' + item.etag + '"');
    add_lease(properties, item.lease);
    if (item.public_access != PublicAccess::none)
      add(properties, "PublicAccess", std::string(public_access_text(item.public_access)));
    add_metadata(node, item.metadata);
  }
  add(root, "NextMarker", list.next_marker);
  return finish(document);
}

Result<ContainerList> read_container_list(std::string_view xml) {
  xml_document document;
  DMS_TRY(const xml_node root, parse(document, xml, "EnumerationResults"));
  ContainerList list;
  list.service_endpoint = root.attribute("ServiceEndpoint").value();
  list.prefix = text(root, "Prefix");
  list.marker = text(root, "Marker");
  DMS_TRY(list.max_results, read_max_results(root));
  for (const xml_node node : root.child("Containers").children("Container")) {
    DMS_TRY(auto item, read_container_item(node));
    list.containers.push_back(std::move(item));
  }
  list.next_marker = text(root, "NextMarker");
  return list;
}

std::string write_block_list(const BlockList& list, BlockListParts parts) {
  xml_document document;
  auto root = start_document(document, "BlockList");
  if (parts != BlockListParts::uncommitted) add_blocks(root, "CommittedBlocks", list.committed);
  if (parts != BlockListParts::committed) add_blocks(root, "UncommittedBlocks", list.uncommitted);
  return finish(document);
}

Result<BlockList> read_block_list(std::string_view xml) {
  xml_document document;
  DMS_TRY(const xml_node root, parse(document, xml, "BlockList"));
  BlockList list;
  DMS_TRY(list.committed, read_blocks(root.child("CommittedBlocks")));
  DMS_TRY(list.uncommitted, read_blocks(root.child("UncommittedBlocks")));
  return list;
}

std::string write_block_refs(const BlockRefs& refs) {
  xml_document document;
  auto root = start_document(document, "BlockList");
  for (const auto& ref : refs)
    for (const auto& [source, name] : block_sources)
      if (source == ref.source) add(root, name, ref.id);
  return finish(document);
}

Result<BlockRefs> read_block_refs(std::string_view xml) {
  xml_document document;
  DMS_TRY(const xml_node root, parse(document, xml, "BlockList"));
  BlockRefs refs;
  for (const xml_node node : root.children()) {
    if (node.type() != pugi::node_element) continue;
    const std::string_view name = node.name();
    const BlockSource* found = nullptr;
    for (const auto& [source, word] : block_sources)
      if (name == word) found = &source;
    if (found == nullptr)
      return unreadable("<BlockList> has an unknown element <" + std::string(name) + ">");
    refs.push_back({*found, node.text().get()});
  }
  return refs;
}

std::string write_access_policies(const AccessPolicies& policies) {
  xml_document document;
  auto root = start_document(document, "SignedIdentifiers");
  for (const auto& policy : policies) {
    auto node = root.append_child("SignedIdentifier");
    add(node, "Id", policy.id);
    if (policy == AccessPolicy{.id = policy.id}) continue;
    auto said = node.append_child("AccessPolicy");
    if (policy.start) add(said, "Start", policy_time(*policy.start));
    if (policy.expiry) add(said, "Expiry", policy_time(*policy.expiry));
    if (!policy.permissions.empty()) add(said, "Permission", policy.permissions);
  }
  return finish(document);
}

Result<AccessPolicies> read_access_policies(std::string_view xml) {
  xml_document document;
  DMS_TRY(const xml_node root, parse(document, xml, "SignedIdentifiers"));
  AccessPolicies policies;
  for (const xml_node node : root.children("SignedIdentifier")) {
    const xml_node said = node.child("AccessPolicy");
    AccessPolicy policy{.id = text(node, "Id"), .permissions = text(said, "Permission")};
    DMS_TRY(policy.start, read_policy_time(said, "Start"));
    DMS_TRY(policy.expiry, read_policy_time(said, "Expiry"));
    policies.push_back(std::move(policy));
  }
  return policies;
}

std::string write_key_info(Timestamp start, Timestamp expiry) {
  xml_document document;
  auto root = start_document(document, "KeyInfo");
  add(root, "Start", start.iso8601());
  add(root, "Expiry", expiry.iso8601());
  return finish(document);
}

Result<DelegationKey> read_delegation_key(std::string_view xml) {
  xml_document document;
  DMS_TRY(const xml_node root, parse(document, xml, "UserDelegationKey"));
  DelegationKey key{.object_id = text(root, "SignedOid"),
                    .tenant_id = text(root, "SignedTid"),
                    .start = text(root, "SignedStart"),
                    .expiry = text(root, "SignedExpiry"),
                    .service = text(root, "SignedService"),
                    .version = text(root, "SignedVersion"),
                    .key = {}};
  auto bytes = base64_decode(text(root, "Value"));
  if (!bytes || bytes->empty() || key.object_id.empty() || key.expiry.empty())
    return unreadable("<UserDelegationKey> lacks its value, its owner or its expiry");
  key.key = *std::move(bytes);
  return key;
}

std::string write_error_body(const ErrorBody& error) {
  xml_document document;
  auto root = start_document(document, "Error");
  add(root, "Code", error.code);
  add(root, "Message", error.message);
  for (const auto& [name, value] : error.details) add(root, name.c_str(), value);
  return finish(document);
}

Result<ErrorBody> read_error_body(std::string_view xml) {
  xml_document document;
  DMS_TRY(const xml_node root, parse(document, xml, "Error"));
  ErrorBody error;
  for (const xml_node node : root.children()) {
    if (node.type() != pugi::node_element) continue;
    const std::string_view name = node.name();
    const std::string value = node.text().get();
    if (name == "Code")
      error.code = value;
    else if (name == "Message")
      error.message = value;
    else
      error.details.emplace_back(name, value);
  }
  return error;
}

}  // namespace dms::blob
