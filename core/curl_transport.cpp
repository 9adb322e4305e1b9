#include "core/curl_transport.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include "core/fields.h"
#include "core/loopback.h"
#include "core/version.h"

namespace dms {
namespace {

bool start_libcurl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return started;
}

// An easy handle and the multi handle that drives it and keeps its connections. The multi handle is
// there because it can be woken from another thread, which is how a stop request ends a transfer.
struct Handle {
  CURL* easy = curl_easy_init();
  CURLM* multi = curl_multi_init();

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
};

class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list_); }

  void append(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

// One request on its way: what the callbacks read from and write to.
struct Transfer {
  const Request& request;
  const std::stop_token& stop;
  std::uint64_t body_limit;
  Response response;
  Status failure = ok();  // of the source or the sink, or a body over the limit

  bool to_sink() const { return request.sink && response.status >= 200 && response.status <= 299; }
};

// "HTTP/1.1 200 OK" -> 200.
int status_of(std::string_view status_line) {
  const std::size_t blank = std::min(status_line.find(' '), status_line.size());
  int status = 0;
  for (const char c : trim(status_line.substr(blank)).substr(0, 3)) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + (c - '0');
  }
  return status;
}

// Called for each line of every header block; a new block (after a 100, a redirect, or at a new
// try by libcurl itself) replaces what the one before it said.
std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    transfer.response = Response{.status = status_of(line)};
  } else if (trim(line).empty()) {
    if (transfer.to_sink())
      transfer.failure =
          transfer.request.sink->begin(transfer.response.status, transfer.response.headers);
  } else if (const std::size_t colon = line.find(':'); colon != line.npos) {
    transfer.response.headers.add(std::string(line.substr(0, colon)),
                                  std::string(trim(line.substr(colon + 1))));
  }
  return transfer.failure ? line.size() : 0;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::span<const char> bytes(data, size * count);
  std::string& body = transfer.response.body;
  if (transfer.to_sink()) {
    transfer.failure = transfer.request.sink->write(bytes);
  } else if (body.size() + bytes.size() > transfer.body_limit) {
    transfer.failure = fail(Code::exhausted,
                            fmt::format("the answer's body is over {} bytes", transfer.body_limit));
  } else {
    body.append(bytes.data(), bytes.size());
  }
  return transfer.failure ? bytes.size() : 0;
}

std::size_t on_read(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const Result<std::size_t> got = transfer.request.source->read({data, size * count});
  if (got) return *got;
  transfer.failure = got.error();
  return CURL_READFUNC_ABORT;
}

// libcurl rewinds to the start only, when a kept connection turns out to be closed.
int on_seek(void* user, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  transfer.failure = transfer.request.source->rewind();
  return transfer.failure ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->stop.stop_requested() ? 1 : 0;
}

// libcurl 7.88 itself does not mark its sockets close-on-exec.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  curl_easy_setopt(easy, option, value);
}

constexpr long as_long(std::chrono::milliseconds span) { return static_cast<long>(span.count()); }

void set_limits(CURL* easy, const CurlOptions& options) {
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, as_long(options.connect_timeout));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout.count()));
  if (options.total_timeout) set(easy, CURLOPT_TIMEOUT_MS, as_long(*options.total_timeout));
}

void set_connection(CURL* easy, const CurlOptions& options, const Url& url) {
  set(easy, CURLOPT_URL, url.to_string().c_str());
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_FOLLOWLOCATION, options.redirects == Redirects::follow ? 1L : 0L);
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  if (options.proxy == Proxy::never || is_loopback(url.host)) set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_TCP_NODELAY, 1L);
  set(easy, CURLOPT_BUFFERSIZE, 512L * 1024);
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

void set_body(CURL* easy, Transfer& transfer) {
  const Request& request = transfer.request;
  const bool has_body_method =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (request.source) {
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.source->size()));
    set(easy, CURLOPT_READFUNCTION, on_read);
    set(easy, CURLOPT_READDATA, &transfer);
    set(easy, CURLOPT_SEEKFUNCTION, on_seek);
    set(easy, CURLOPT_SEEKDATA, &transfer);
  } else if (has_body_method || !request.body.empty()) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.data());
  } else if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  }
  if (request.method != "HEAD") set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_callbacks(CURL* easy, Transfer& transfer) {
  set(easy, CURLOPT_HEADERFUNCTION, on_header);
  set(easy, CURLOPT_HEADERDATA, &transfer);
  set(easy, CURLOPT_WRITEFUNCTION, on_body);
  set(easy, CURLOPT_WRITEDATA, &transfer);
  set(easy, CURLOPT_NOPROGRESS, 0L);
  set(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  set(easy, CURLOPT_XFERINFODATA, &transfer);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7f && !std::strchr("()<>@,;:\\\"/[]?={}", c);
  });
}

// A line break in a value would be a header of its own.
Status check_request(const Request& request) {
  if (!is_token(request.method))
    return fail(Code::invalid_argument, fmt::format("'{}' is no HTTP method", request.method));
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name))
      return fail(Code::invalid_argument, fmt::format("'{}' is no name of a header", name));
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos)
      return fail(Code::invalid_argument,
                  fmt::format("the value of the header {} holds a line break", name));
  }
  return ok();
}

// Content-Length is left to libcurl, which knows it; "Name:" makes libcurl leave out its own
// header.
void fill(HeaderList& list, const Request& request, const CurlOptions& options) {
  for (const auto& [name, value] : request.headers)
    if (!equal_ignoring_case(name, "Content-Length"))
      list.append(value.empty() ? name + ";" : name + ": " + value);
  for (const std::string_view name : {"Expect", "Content-Type"})
    if (!request.headers.contains(name)) list.append(std::string(name) + ":");
  if (request.headers.contains("User-Agent")) return;
  list.append("User-Agent: " + (options.user_agent.empty() ? "dmsbatch/" + std::string(version)
                                                           : options.user_agent));
}

bool anything_sent(CURL* easy) {
  long request_size = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
  return request_size > 0;
}

Code code_of(CURLcode code, bool sent) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return Code::invalid_argument;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return Code::permission;
    case CURLE_ABORTED_BY_CALLBACK: return Code::cancelled;
    case CURLE_OUT_OF_MEMORY: return Code::exhausted;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_TOO_MANY_REDIRECTS: return Code::internal;
    default: return sent ? Code::timeout : Code::unavailable;
  }
}

Error transfer_error(CURL* easy, CURLcode code, const char* detail, const Url& url) {
  const bool sent = anything_sent(easy);
  const Code ours = code_of(code, sent);
  if (ours == Code::cancelled) return fail(ours, "the request was cancelled");
  const std::string_view reason = *detail ? detail : curl_easy_strerror(code);
  return fail(ours, fmt::format("{} {}: {}", sent ? "no whole answer from" : "cannot reach",
                                url.origin(), reason));
}

// Drives the one transfer of the handle to its end.
CURLcode drive(Handle& handle, const std::stop_token& stop) {
  // Declared before the loop, destroyed before the handle goes back to the pool.
  const std::stop_callback wake(stop, [&handle] { curl_multi_wakeup(handle.multi); });
  int running = 1;
  while (running > 0) {
    if (stop.stop_requested()) return CURLE_ABORTED_BY_CALLBACK;
    if (curl_multi_perform(handle.multi, &running) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
    if (running > 0 && curl_multi_poll(handle.multi, nullptr, 0, 1000, nullptr) != CURLM_OK)
      return CURLE_OUT_OF_MEMORY;
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(handle.multi, &left);
  return message ? message->data.result : CURLE_FAILED_INIT;
}

CURLcode perform(Handle& handle, const std::stop_token& stop) {
  if (curl_multi_add_handle(handle.multi, handle.easy) != CURLM_OK) return CURLE_FAILED_INIT;
  const CURLcode code = drive(handle, stop);
  curl_multi_remove_handle(handle.multi, handle.easy);
  return code;
}

}  // namespace

// Idle handles; the one that was used last, whose connection is most surely open, goes first.
struct CurlTransport::Pool {
  std::mutex mutex;
  std::vector<std::unique_ptr<Handle>> idle;

  std::unique_ptr<Handle> take() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto handle = std::move(idle.back());
        idle.pop_back();
        return handle;
      }
    }
    return std::make_unique<Handle>();
  }

  void give_back(std::unique_ptr<Handle> handle) {
    curl_easy_reset(handle->easy);
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(handle));
  }
};

CurlTransport::CurlTransport(CurlOptions options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>()) {}

CurlTransport::~CurlTransport() = default;

Result<Response> CurlTransport::send(const Request& request, std::stop_token stop) {
  if (stop.stop_requested()) return fail(Code::cancelled, "the request was cancelled");
  DMS_CHECK(check_request(request));
  if (!start_libcurl()) return fail(Code::internal, "libcurl cannot be started");
  auto handle = pool_->take();
  if (!handle->easy || !handle->multi) return fail(Code::exhausted, "no memory for a request");

  Transfer transfer{request, stop, options_.body_limit_bytes};
  HeaderList headers;
  char detail[CURL_ERROR_SIZE] = "";
  fill(headers, request, options_);
  set_limits(handle->easy, options_);
  set_connection(handle->easy, options_, request.url);
  set_body(handle->easy, transfer);
  set_callbacks(handle->easy, transfer);
  set(handle->easy, CURLOPT_HTTPHEADER, headers.get());
  set(handle->easy, CURLOPT_ERRORBUFFER, detail);
  const CURLcode code = perform(*handle, stop);
  Result<Response> result =
      !transfer.failure  ? Result<Response>(transfer.failure.error())
      : code != CURLE_OK ? Result<Response>(transfer_error(handle->easy, code, detail, request.url))
                         : Result<Response>(std::move(transfer.response));
  pool_->give_back(std::move(handle));
  return result;
}

}  // namespace dms
