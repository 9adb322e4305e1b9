// Private to AzureBatch: turns a row of batch/operations.h, the values of its path and a body into
// a Request, and the Response into a Result.
//
// Thread-safe: nothing changes after construction.
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "batch/wire.h"
#include "core/http.h"
#include "core/operation.h"

namespace dms::batch {

struct ListOptions;

// The version of the protocol that every request names. The structs of batch/wire.h match it.
inline constexpr std::string_view api_version = "2024-07-01.20.0";

// What one call adds to its row.
struct Extras {
  Query query;
  Headers headers;
  std::string body;       // JSON; empty means no body
  int also_accepted = 0;  // a second success status, for the rare answer that may have two
  std::stop_token stop;
};

// The query of a list: "$filter", "$select" and "maxresults", as far as they are set.
Query query_of(const ListOptions& options);

template <const auto& row>
using InputOf = typename std::remove_cvref_t<decltype(row)>::Input;
template <const auto& row>
using OutputOf = typename std::remove_cvref_t<decltype(row)>::Output;
// Of a list's row: what it lists.
template <const auto& row>
using ItemOf = typename decltype(OutputOf<row>::value)::value_type;

class Rest {
 public:
  // Requires: `transport` signs and retries, and outlives this.
  Rest(Url endpoint, Transport& transport);

  // Carries out an operation: rest.call<op::get_node>({}, pool_id, node_id). Values are
  // percent-encoded whole, '/' too.
  //
  // Errors: those of the transport; what error_of_response makes of an error status; internal for
  // another success status than the row's, and for an answer that cannot be read; invalid_argument
  // for a value that cannot stand in a path. The message begins with the operation and the path.
  template <const auto& row, std::convertible_to<std::string_view>... Values>
  Result<OutputOf<row>> call(const InputOf<row>& input, const Values&... values) const {
    Extras extras;
    if constexpr (!std::is_same_v<InputOf<row>, Nothing>) extras.body = encode(input);
    return call_with<row>(extras, values...);
  }

  template <const auto& row, std::convertible_to<std::string_view>... Values>
  Result<OutputOf<row>> call_with(const Extras& extras, const Values&... values) const {
    DMS_TRY(Response response, exchange<row>(extras, values...));
    return read_answer<OutputOf<row>>(row.name, std::move(response));
  }

  // The answer itself, when its headers tell what is asked.
  template <const auto& row, std::convertible_to<std::string_view>... Values>
  Result<Response> exchange(const Extras& extras, const Values&... values) const {
    DMS_TRY(const Prepared prepared, prepare<row>(extras, values...));
    return send(prepared, extras);
  }

  // Gives every item of a list to `use`, page after page, until the list or `use` ends it. The
  // service's link to the next page is followed as it stands.
  template <const auto& row, std::convertible_to<std::string_view>... Values>
  Status each(const Extras& extras, const std::function<Status(ItemOf<row>)>& use,
              const Values&... values) const {
    DMS_TRY(Prepared prepared, prepare<row>(extras, values...));
    while (true) {
      DMS_TRY(Response response, send(prepared, extras));
      DMS_TRY(auto page, read_answer<OutputOf<row>>(row.name, std::move(response)));
      for (auto& item : page.value) DMS_CHECK(use(std::move(item)));
      if (page.next_link.value_or("").empty()) return ok();
      DMS_CHECK(turn_page(prepared, *page.next_link));
    }
  }

 private:
  // A row without its types.
  struct Row {
    std::string_view name;
    std::string_view method;
    std::string_view path;
    int status;
    Repeat repeat;
  };
  struct Prepared {
    Row row;
    Request request;
  };

  template <const auto& row, class... Values>
  Result<Prepared> prepare(const Extras& extras, const Values&... values) const {
    static_assert(sizeof...(Values) == count_holes(row.path), "one value for each hole");
    constexpr bool brings_text = std::is_same_v<OutputOf<row>, std::string>;
    return prepare_row({row.name, row.method, row.path, row.status, row.repeat}, {values...},
                       extras, brings_text ? "*/*" : "application/json");
  }

  template <class Out>
  static Result<Out> read_answer(std::string_view name, Response response) {
    if constexpr (std::is_same_v<Out, Nothing>) {
      return Nothing{};
    } else if constexpr (std::is_same_v<Out, std::string>) {
      return std::move(response.body);
    } else {
      auto value = decode<Out>(response.body);
      if (!value) return unreadable(name, response, std::move(value).error());
      return value;
    }
  }

  Result<Prepared> prepare_row(const Row& row, std::initializer_list<std::string_view> values,
                               const Extras& extras, std::string_view accept) const;
  Result<Response> send(const Prepared& prepared, const Extras& extras) const;
  static Status turn_page(Prepared& prepared, std::string_view next_link);
  static Error unreadable(std::string_view name, const Response& response, Error error);

  const Url endpoint_;
  Transport& transport_;
};

}  // namespace dms::batch
