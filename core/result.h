// Result<T>: a value or an Error. The outside world (network, service, disk, configuration, child
// process) is told by a Result; a broken invariant is an assertion.
//
// Spelled like C++23's std::expected, which this compiler lacks the monadic members of.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dms {

// What went wrong, coarse enough to decide on. The comment says who may act on it.
enum class Code {
  invalid_argument,  // the caller: the input is wrong and will stay wrong
  not_found,         // the caller: the named thing is not there
  already_exists,    // the caller: often as good as done
  conflict,          // the caller: the thing is in a state that forbids this; look again later
  permission,        // the user: key, SAS, token or file mode
  unavailable,       // retry: the service is busy or not reachable, nothing was decided
  timeout,           // retry when idempotent: the answer did not come in time
  cancelled,         // nobody: it was asked for
  corrupt,           // the user: data does not match its checksum or its format
  exhausted,         // the user: disk, memory, quota or port is used up
  internal,          // us: a bug, or an answer that the protocol does not allow
};

// The word of a code for logs and JSON ("not_found").
std::string_view code_name(Code code);

// What a service adds to an error to be read by programs: "PropertyName" is "subnetId".
struct Detail {
  std::string key;
  std::string value;
  friend bool operator==(const Detail&, const Detail&) = default;
};

struct Error {
  Code code = Code::internal;
  std::string message;       // lower case, no full stop, holds the wrong value and what to do
  int http_status = 0;       // 0 when no answer came
  std::string service_code;  // the service's own word ("TaskExists"), empty when it gave none
  std::string request_id;    // the service's id of the failed request, for a support case
  std::vector<Detail> details;

  // Prepends what was being done: "adding pool p1: <message>".
  Error context(std::string_view doing) && {
    message = std::string(doing) + ": " + message;
    return std::move(*this);
  }
};

// The type of a Result that carries nothing but success.
struct Nothing {
  friend bool operator==(const Nothing&, const Nothing&) = default;
};

// Thrown by Result::value() only; samples and main catch it.
class BadResult;

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T held) : state_(std::in_place_index<0>, std::move(held)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Requires: has_value().
  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

  // Requires: !has_value().
  Error& error() & { return *std::get_if<1>(&state_); }
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

  // The value, or a thrown BadResult: for samples and main.
  T& value() &;
  T value() &&;

  T value_or(T other) && { return has_value() ? std::move(**this) : std::move(other); }

  // Grows the error's message outward; a value passes unchanged.
  Result context(std::string_view doing) && {
    if (has_value()) return std::move(*this);
    return std::move(*std::get_if<1>(&state_)).context(doing);
  }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Nothing>;

inline Status ok() { return Nothing{}; }

Error fail(Code code, std::string message);

// The errno of a failed system call as an Error: "<doing>: <strerror>". ENOENT is not_found, EACCES
// and EPERM permission, ENOSPC and EDQUOT exhausted, EEXIST already_exists, others internal.
Error fail_errno(std::string_view doing, int error_number);

[[noreturn]] void throw_bad_result(const Error& error);

template <class T>
T& Result<T>::value() & {
  if (!has_value()) throw_bad_result(error());
  return **this;
}

template <class T>
T Result<T>::value() && {
  if (!has_value()) throw_bad_result(error());
  return *std::move(*this);
}

}  // namespace dms

#define DMS_JOIN_(a, b) a##b
#define DMS_JOIN(a, b) DMS_JOIN_(a, b)

// DMS_TRY(auto pool, get_pool(id));   the value, or return the error to the caller
#define DMS_TRY(declaration, expression)                                                           \
  auto DMS_JOIN(dms_result_, __LINE__) = (expression);                                             \
  if (!DMS_JOIN(dms_result_, __LINE__)) return std::move(DMS_JOIN(dms_result_, __LINE__)).error(); \
  declaration = *std::move(DMS_JOIN(dms_result_, __LINE__))

// DMS_CHECK(delete_pool(id));         success, or return the error to the caller
#define DMS_CHECK(expression)                                                              \
  do {                                                                                     \
    if (auto dms_status = (expression); !dms_status) return std::move(dms_status).error(); \
  } while (false)
