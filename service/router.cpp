#include "service/router.h"

#include <algorithm>

#include "batch/errors.h"
#include "core/crypto.h"
#include "service/conditions.h"

namespace dms::service {

using batch::batch_error;

namespace {

constexpr const char* json_type = "application/json; odata=minimalmetadata";

bool is_read(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

std::string_view find_query(const Query& query, std::string_view name) {
  for (const auto& [key, value] : query)
    if (equal_ignoring_case(key, name)) return value;
  return {};
}

// "2024-07-01.20.0" or, since 2025, "2025-06-01".
bool is_api_version(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
    if (!digit(text[i])) return false;
  const auto rest = text.substr(10);
  if (rest.empty()) return true;
  return rest[0] == '.' && rest.size() > 3 &&
         std::all_of(rest.begin(), rest.end(), [&](char c) { return digit(c) || c == '.'; });
}

Status check_version(const Query& query) {
  const auto version = find_query(query, "api-version");
  if (version.empty())
    return batch_error("MissingRequiredQueryParameter", "api-version is missing");
  if (!is_api_version(version))
    return batch_error(
        "InvalidQueryParameterValue",
        "api-version '" + std::string(version) + "' is not a version such as 2024-07-01.20.0");
  return ok();
}

bool etag_matches(std::string_view header, Timestamp modified) {
  return header == "*" || unquoted(header) == modified.etag();
}

void add_common_headers(const Request& request, Headers& headers) {
  headers.set("request-id", new_guid());
  headers.set("DataServiceVersion", "3.0");
  headers.set("Server", "dmsbatch");
  headers.set("X-Content-Type-Options", "nosniff");
  const auto id = request.headers.find("client-request-id");
  if (id && equal_ignoring_case(request.headers.get("return-client-request-id"), "true"))
    headers.set("client-request-id", std::string(*id));
}

}  // namespace

std::string_view Call::query_value(std::string_view name) const { return find_query(query, name); }

Result<bool> Call::expands_stats() const {
  const std::string_view expand = query_value("$expand");
  if (expand.empty() || equal_ignoring_case(expand, "stats")) return !expand.empty();
  return batch::batch_error("InvalidQueryParameterValue",
                            "$expand is '" + std::string(expand) + "'; only stats can be expanded");
}

std::vector<std::string> Call::select() const {
  std::vector<std::string> names;
  std::string_view left = query_value("$select");
  while (!left.empty()) {
    const auto comma = std::min(left.find(','), left.size());
    std::string_view name = left.substr(0, comma);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (!name.empty()) names.emplace_back(name);
    left.remove_prefix(std::min(comma + 1, left.size()));
  }
  return names;
}

std::string odata_metadata(std::string_view metadata, std::string_view base_url) {
  return "\"odata.metadata\":\"" + std::string(base_url) + "/$metadata#" + std::string(metadata) +
         "\"";
}

Reply show_page(std::string_view metadata, std::string_view base_url,
                const std::vector<std::string>& items,
                const std::optional<std::string>& next_link) {
  Reply reply;
  reply.body = "{" + odata_metadata(metadata, base_url) + ",\"value\":[";
  for (std::size_t i = 0; i < items.size(); ++i) reply.body.append(i ? "," : "").append(items[i]);
  reply.body += "]";
  // Links hold percent-encoded text only, so that they stand in JSON as they are.
  if (next_link) reply.body += ",\"odata.nextLink\":\"" + *next_link + "\"";
  reply.body += "}";
  return reply;
}

std::vector<std::string> Router::split_path(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  if (!segments.empty() && segments.back().empty()) segments.pop_back();
  return segments;
}

// Whether a segment is as the pattern "name(a={a},b={b})" says; what stands in its holes is added
// to `ids`. Text between holes is compared decoded, since clients differ in what they encode.
static bool matches_segment(std::string_view pattern, const std::string& segment,
                            std::vector<std::string>& ids) {
  if (pattern.find('{') == std::string_view::npos) return equal_ignoring_case(pattern, segment);
  const std::string decoded = percent_decode(segment);
  std::string_view left = decoded;
  while (!pattern.empty()) {
    const auto open = std::min(pattern.find('{'), pattern.size());
    if (!equal_ignoring_case(left.substr(0, open), pattern.substr(0, open))) return false;
    left.remove_prefix(open);
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    pattern.remove_prefix(pattern.find('}') + 1);
    const auto next = pattern.substr(0, pattern.find('{'));
    const auto end = next.empty() ? left.size() : left.find(next);
    if (end == std::string_view::npos) return false;
    ids.emplace_back(left.substr(0, end));
    left.remove_prefix(end);
  }
  return left.empty();
}

// A file path may arrive as one segment with %2F or as many segments: the last hole takes the rest.
bool Router::matches(const Route& route, const std::vector<std::string>& path,
                     std::vector<std::string>& ids) {
  const bool takes_rest = !route.path.empty() && route.path.back() == "{filePath}";
  if (takes_rest ? path.size() < route.path.size() : path.size() != route.path.size()) return false;
  ids.clear();
  for (std::size_t i = 0; i < route.path.size(); ++i)
    if (!matches_segment(route.path[i], path[i], ids)) return false;
  for (std::size_t i = route.path.size(); i < path.size(); ++i)
    ids.back() += "/" + percent_decode(path[i]);
  return true;
}

bool Router::answers(std::string_view operation) const {
  return std::any_of(routes_.begin(), routes_.end(),
                     [&](const Route& route) { return route.name == operation; });
}

std::string_view Router::operation(const Request& head) const {
  const auto path = split_path(head.url.path);
  std::vector<std::string> ids;
  for (const auto& route : routes_)
    if (route.method == head.method && matches(route, path, ids)) return route.name;
  return "";
}

Result<Reply> Router::dispatch(const Request& request, Upload* upload, int& status) const {
  Call call{request, {}, parse_query(request.url.query), base_url_ + request.url.path, upload};
  DMS_CHECK(check_version(call.query));
  const auto path = split_path(request.url.path);
  bool path_known = false;
  for (const auto& route : routes_) {
    if (!matches(route, path, call.ids)) continue;
    path_known = true;
    if (route.method != request.method) continue;
    status = route.status;
    return route.handle(call);
  }
  if (path_known)
    return batch_error("UnsupportedHttpVerb", request.method + " is not supported here");
  return batch_error("ResourceNotFound", request.url.path);
}

Answer Router::answer(const Request& request, Timestamp now, Upload* upload) const {
  int status = 200;
  auto reply = dispatch(request, upload, status);
  if (!reply) return error_answer(request, reply.error(), now);
  return finish(request, *std::move(reply), status);
}

Answer Router::finish(const Request& request, Reply reply, int status) const {
  Answer answer;
  answer.status = status;
  answer.headers = std::move(reply.headers);
  add_common_headers(request, answer.headers);
  if (reply.modified) {
    answer.headers.set("ETag", reply.modified->etag());
    answer.headers.set("Last-Modified", reply.modified->rfc1123());
  }
  if (!reply.entity_url.empty()) {
    answer.headers.set("DataServiceId", reply.entity_url);
    if (status == 201) answer.headers.set("Location", reply.entity_url);
  }
  if (!reply.body.empty() && !answer.headers.contains("Content-Type"))
    answer.headers.set("Content-Type", json_type);
  answer.body = std::move(reply.body);
  answer.files = std::move(reply.files);
  answer.head_length = reply.head_length;
  return answer;
}

Answer Router::error_answer(const Request& request, const Error& error, Timestamp now) const {
  Answer answer;
  answer.status = error.http_status ? error.http_status : 500;
  add_common_headers(request, answer.headers);
  answer.headers.set(":reason", error.message.substr(0, error.message.find('\n')));
  if (request.method == "HEAD" || answer.status == 304) return answer;
  const batch::ErrorBody body =
      batch::body_of_error(error, "\nRequestId:" + std::string(answer.headers.get("request-id")) +
                                      "\nTime:" + now.iso8601());
  answer.headers.set("Content-Type", json_type);
  answer.body = encode(body, {},
                       "\"odata.metadata\":\"" + base_url_ +
                           "/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/"
                           "@Element\"");
  return answer;
}

static Result<Timestamp> date_of(std::string_view name, std::string_view text) {
  const auto date = Timestamp::parse(text);
  if (date) return *date;
  return batch_error("InvalidHeaderValue",
                     std::string(name) + " is '" + std::string(text) + "', not a date");
}

Status check_conditions(const Request& request, Timestamp modified) {
  const auto failed = [&] {
    Error error = batch_error("ConditionNotMet");
    if (is_read(request)) error.http_status = 304;
    return error;
  };
  const Headers& headers = request.headers;
  if (const auto tag = headers.find("If-Match"); tag && !etag_matches(*tag, modified))
    return failed();
  if (const auto tag = headers.find("If-None-Match"); tag && etag_matches(*tag, modified))
    return failed();
  if (const auto date = headers.find("If-Modified-Since")) {
    DMS_TRY(const Timestamp since, date_of("If-Modified-Since", *date));
    if (seconds_of(modified) <= seconds_of(since)) return failed();
  }
  if (const auto date = headers.find("If-Unmodified-Since")) {
    DMS_TRY(const Timestamp since, date_of("If-Unmodified-Since", *date));
    if (seconds_of(modified) > seconds_of(since)) return failed();
  }
  return ok();
}

}  // namespace dms::service
