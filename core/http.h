// HTTP values, and the Transport seam through which every request of this program leaves.
//
// The same values serve both ends: clients send a Request through a Transport, and the local
// service's router is a Transport itself, so tests join the two without a socket.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace dms {

// Header fields in order of arrival. Names compare without regard to case.
class Headers {
 public:
  using Entry = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Entry> entries) : entries_(entries) {}

  // The first value of `name`, or nothing.
  std::optional<std::string_view> find(std::string_view name) const;
  // The first value of `name`, or "".
  std::string_view get(std::string_view name) const { return find(name).value_or(""); }
  bool contains(std::string_view name) const { return find(name).has_value(); }
  // Replaces every value of `name` by one.
  void set(std::string_view name, std::string value);
  void add(std::string name, std::string value);
  void erase(std::string_view name);

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  bool empty() const { return entries_.empty(); }

 private:
  std::vector<Entry> entries_;
};

// Text without the blanks, tabs and line ends around it.
std::string_view trim(std::string_view text);

using Query = std::vector<std::pair<std::string, std::string>>;  // decoded names and values

// Percent-encoding (RFC 3986): every byte but A-Z a-z 0-9 - . _ ~ becomes %XX. With
// `Slashes::keep`, '/' stays too, for paths.
enum class Slashes { encode, keep };
std::string percent_encode(std::string_view text, Slashes slashes = Slashes::encode);
// Decodes %XX; '+' stays '+'. A broken escape stays as it stands.
std::string percent_decode(std::string_view text);

// An absolute http or https URL. `path` stays percent-encoded as on the wire, because that is what
// is signed; `query` is the raw text after '?', still encoded.
struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // "[::1]" keeps its brackets
  std::uint16_t port = 0;
  std::string path;   // starts with '/'
  std::string query;  // without '?'

  // Errors: invalid_argument for anything that is not an absolute http(s) URL.
  static Result<Url> parse(std::string_view text);
  std::string to_string() const;
  // scheme://host[:port] without path; a default port is left out.
  std::string origin() const;
  // "path?query" as in a request line.
  std::string target() const;
};

// Text as it may stand in a log: the values of sig=, and of other secret query parameters, are
// replaced by "REDACTED".
std::string redact_url(std::string_view url);

// Splits a raw query text into decoded pairs, in order.
Query parse_query(std::string_view raw);
// Joins pairs into raw query text, values percent-encoded; `$` in names is kept as it is, as
// Microsoft's clients send it ("$filter=").
std::string format_query(const Query& query);

// A request body that is not in memory. Rewindable, so that a retry can send it again.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual std::uint64_t size() const = 0;
  // Starts again from the first byte.
  virtual Status rewind() = 0;
  // Fills at most buffer.size() bytes; 0 at the end.
  virtual Result<std::size_t> read(std::span<char> buffer) = 0;
};

// Takes an answer's body as it arrives. Used for 2xx answers only; an error's body is kept in
// Response::body. `begin` is called at the head of each try, before its first byte.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual Status begin(int status, const Headers& headers) = 0;
  virtual Status write(std::span<const char> bytes) = 0;
};

// Whether sending a request twice leaves the same state as sending it once.
enum class Idempotency { idempotent, not_idempotent };

struct Request {
  std::string method = "GET";
  Url url;
  Headers headers;
  std::string body;
  BodySource* source = nullptr;  // instead of `body`; not owned, outlives the call
  BodySink* sink = nullptr;      // not owned, outlives the call
  Idempotency idempotency = Idempotency::idempotent;
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;
};

// Sends requests and brings answers. An HTTP error status is an answer, not a failure.
//
// Thread-safe and blocking. Errors: unavailable (not reached, nothing sent or unknown), timeout,
// cancelled (the stop token), permission (TLS verification), and whatever a source or sink
// returned.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<Response> send(const Request& request, std::stop_token stop = {}) = 0;
};

}  // namespace dms
