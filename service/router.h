// From an HTTP request to a handler of one operation, and from its reply to an answer.
//
// The rows of batch/operations.h say method, path and success status; the router adds what every
// answer of the service has: ids, dates, metadata, error bodies. Thread-safe once filled.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batch/operations.h"
#include "service/exchange.h"

namespace dms::service {

// A request whose operation is found.
struct Call {
  const Request& request;
  std::vector<std::string> ids;  // what stands in the path's holes, decoded
  Query query;
  std::string url;           // of the request, absolute, without query
  Upload* upload = nullptr;  // what took the body, if anything did

  // A query parameter's value, its name compared without regard to case; "" when absent.
  std::string_view query_value(std::string_view name) const;
  // The members that $select names; empty means all.
  std::vector<std::string> select() const;
  // Whether $expand asks for statistics. Errors: batch_error InvalidQueryParameterValue for
  // anything else.
  Result<bool> expands_stats() const;
};

// What a handler answers: the body, made by one of the functions below, and what stands in headers.
struct Reply {
  std::string body;
  std::optional<Timestamp> modified;  // gives ETag and Last-Modified
  std::string entity_url;             // gives DataServiceId, and Location when the status is 201
  std::vector<FileRange> files;
  Headers headers;
  std::uint64_t head_length = 0;
};

// "odata.metadata":"…", the first member of a body.
std::string odata_metadata(std::string_view metadata, std::string_view base_url);

// An object as JSON with its odata.metadata first.
template <class In, class Out>
Reply show(const Operation<In, Out>& row, std::string_view base_url, const Out& value,
           const std::vector<std::string>& select = {}) {
  return {.body = encode(value, select, odata_metadata(row.metadata, base_url))};
}

// A page of objects that are JSON already.
Reply show_page(std::string_view metadata, std::string_view base_url,
                const std::vector<std::string>& items, const std::optional<std::string>& next_link);

class Router {
 public:
  explicit Router(std::string base_url) : base_url_(std::move(base_url)) {}

  // Registers the handler of a row: Result<Reply>(const Call&, const In&), In left out for Nothing.
  template <class In, class Out, class Handle>
  void on(const Operation<In, Out>& row, Handle handle) {
    add({std::string(row.name), std::string(row.method), split_path(row.path), row.status,
         [handle](const Call& call) -> Result<Reply> {
           if constexpr (std::is_same_v<In, Nothing>) {
             return handle(call);
           } else {
             DMS_TRY(const In body, read_body<In>(call.request.body));
             return handle(call, body);
           }
         }});
  }

  // Errors become error bodies: this always answers.
  Answer answer(const Request& request, Timestamp now, Upload* upload = nullptr) const;
  Answer error_answer(const Request& request, const Error& error, Timestamp now) const;
  // The name of the row that answers such a request, "" for none.
  std::string_view operation(const Request& head) const;
  // Whether a row of this name is registered.
  bool answers(std::string_view operation) const;

 private:
  struct Route {
    std::string name;
    std::string method;
    std::vector<std::string> path;  // segments; "{…}" are holes, whole or part of one
    int status;
    std::function<Result<Reply>(const Call&)> handle;
  };

  // An empty body is an empty object: terminate has optional members only.
  template <class In>
  static Result<In> read_body(const std::string& body) {
    return decode<In>(body.empty() ? "{}" : body, Missing::refused);
  }

  static std::vector<std::string> split_path(std::string_view path);
  static bool matches(const Route& route, const std::vector<std::string>& path,
                      std::vector<std::string>& ids);
  void add(Route route) { routes_.push_back(std::move(route)); }
  Result<Reply> dispatch(const Request& request, Upload* upload, int& status) const;
  Answer finish(const Request& request, Reply reply, int status) const;

  std::string base_url_;
  std::vector<Route> routes_;
};

// Errors: batch_error InvalidHeaderValue for a date that is none; ConditionNotMet when If-Match,
// If-None-Match, If-Modified-Since or If-Unmodified-Since do not hold for an object changed at
// `modified` (304 for reads, 412 for writes).
Status check_conditions(const Request& request, Timestamp modified);

}  // namespace dms::service
