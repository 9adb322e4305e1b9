// Built on Boost.Beast's parser and Asio's coroutines, which no other file includes.
//
// Everything of Server and Session runs on the one I/O thread, so neither has locks. on_pool()
// moves a piece of work to a handler thread, while its coroutine waits. Sockets are never closed
// under a coroutine: cut() shuts the connection down, whatever waits on it then fails, and the
// coroutine ends by itself.
#include "service/http_front.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <unordered_set>

#include "core/log.h"
#include "service/answer_files.h"
#include "service/http_head.h"
#include "service/http_listener.h"

namespace dms::service {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::awaitable;
using boost::system::error_code;
using std::chrono::steady_clock;
using tcp = asio::ip::tcp;

using Parser = http::request_parser<http::buffer_body>;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t head_room_bytes = 8 << 10;
constexpr std::size_t read_bytes = 64 << 10;
// To an Upload, from a file. Larger ones leave the cache of the processor and are slower.
constexpr std::size_t piece_bytes = 256 << 10;
// A rest of a body that is read for the sake of the connection.
constexpr std::uint64_t small_rest_bytes = 64 << 10;
// How much, and how long, a client may go on sending before it looks at its answer. Closing at once
// would make its kernel throw the answer away.
constexpr std::uint64_t linger_bytes = 16 << 20;
constexpr std::chrono::seconds linger_time{5};
constexpr std::chrono::seconds stop_grace{5};

// What the work gives, or `otherwise` when it throws: nothing passes to the threads of the pool.
template <class Work, class Otherwise>
std::invoke_result_t<Work> guarded(Work&& work, Otherwise&& otherwise) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    log_error(std::string("a handler of the service failed: ") + thrown.what());
    return otherwise();
  }
}

Answer internal_error() { return plain_answer(500, "the service failed"); }

bool may_have_body(int status) { return status != 204 && status != 304; }

// Opens the files that an answer sends. One that cannot be opened turns the answer into another.
AnswerFiles open_files(std::string_view method, Answer& answer) {
  if (answer.files.empty() || method == "HEAD" || !may_have_body(answer.status)) return {};
  auto files = AnswerFiles::open(answer.files);
  if (files) return *std::move(files);
  log_error("cannot send a file: " + files.error().message);
  answer = internal_error();
  if (files.error().code == Code::exhausted) {
    answer = plain_answer(503, "the service has no descriptors left");
    answer.headers.add("Retry-After", "1");
  }
  return {};
}

std::string_view text(boost::beast::string_view view) { return {view.data(), view.size()}; }

std::string_view standard_reason(int status) {
  return text(http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status))));
}

// Whether the client broke the protocol, in contrast to having gone.
bool is_malformed(error_code error) {
  static const auto& category = http::make_error_code(http::error::bad_target).category();
  return error && error.category() == category && error != http::error::end_of_stream &&
         error != http::error::partial_message;
}

// Whether the client waits for "100 Continue" before it sends its body.
bool awaits_continue(const Parser& parser) {
  return parser.get().version() > 10 && parser.get().count(http::field::expect) > 0;
}

// The front's own answer to a head it cannot pass on, if any.
std::optional<Answer> objection(const Parser& parser) {
  const auto& head = parser.get();
  const auto encoding = head.find(http::field::transfer_encoding);
  if (encoding != head.end()) {
    if (head.version() == 10) return plain_answer(400, "HTTP/1.0 has no transfer encodings");
    if (!boost::beast::iequals(encoding->value(), "chunked")) {
      return plain_answer(501, "the only transfer encoding here is chunked");
    }
  }
  const auto expect = head.find(http::field::expect);
  if (expect != head.end() && !boost::beast::iequals(expect->value(), "100-continue")) {
    return plain_answer(417, "the only expectation here is 100-continue");
  }
  const auto hosts = head.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() > 10)) {
    return plain_answer(400, "a request has one Host header");
  }
  return std::nullopt;
}

// Errors: invalid_argument, see request_url.
Result<Request> to_request(const Parser& parser, std::string_view own_host) {
  const auto& head = parser.get();
  Request request;
  request.method = text(head.method_string());
  for (const auto& field : head) {
    request.headers.add(std::string(text(field.name_string())), std::string(text(field.value())));
  }
  DMS_TRY(request.url,
          request_url(text(head.target()), request.headers.find("Host").value_or(own_host)));
  return request;
}

}  // namespace

class HttpFront::Server {
 public:
  Server(FrontOptions options, Handler& handler, UniqueFd listener);
  ~Server() { stop(); }

  std::uint16_t port() const { return port_; }
  void take(UniqueFd connection);
  void stop();
  steady_clock::time_point last_request() const;
  std::uint64_t requests() const { return requests_; }

 private:
  class Session;

  awaitable<void> accept_all();
  // Cuts the connections whose time is over, again and again.
  awaitable<void> watch_deadlines();
  awaitable<void> serve(tcp::socket socket);
  void begin_stop();
  // Counts a request in work while it lives.
  class InWork;

  template <class Work>
  awaitable<std::invoke_result_t<Work>> on_pool(Work work);

  const FrontOptions options_;
  Handler& handler_;
  const std::uint16_t port_;
  const std::string own_host_;

  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<int> in_work_ = 0;
  std::atomic<steady_clock::time_point> last_request_ = steady_clock::now();

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> keep_running_{io_.get_executor()};
  asio::posix::stream_descriptor listener_{io_};
  asio::steady_timer tick_{io_};
  std::unordered_set<Session*> sessions_;
  std::optional<steady_clock::time_point> stopping_since_;

  asio::thread_pool pool_;
  std::once_flag stopped_;
  std::jthread io_thread_;  // last: it uses all of the above
};

class HttpFront::Server::InWork {
 public:
  explicit InWork(Server& server) : server_(server) {
    ++server_.requests_;
    ++server_.in_work_;
  }
  InWork(const InWork&) = delete;
  InWork& operator=(const InWork&) = delete;
  ~InWork() {
    server_.last_request_ = steady_clock::now();
    --server_.in_work_;
  }

 private:
  Server& server_;
};

// One connection.
class HttpFront::Server::Session {
 public:
  Session(Server& server, tcp::socket socket) : server_(server), socket_(std::move(socket)) {
    buffer_.reserve(head_room_bytes);
    server_.sessions_.insert(this);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { server_.sessions_.erase(this); }

  // Answers requests until the connection is done with.
  awaitable<void> run();
  // Cuts the connection when its client has taken too long.
  void cut_when_over(steady_clock::time_point now);
  // Cuts the connection unless a handler works for it or its answer is on the way.
  void cut_when_waiting();

 private:
  enum class Phase { idle, receiving, handling, answering };
  enum class Next { request, linger, close };
  // What is known of a request: its body is expected, or whole; it has its answer; or its client
  // has gone.
  enum class Stage { expected, whole, answered, gone };

  // A request on its way to its answer.
  struct Exchange {
    Parser parser;
    Request request;
    BodyPlan plan;
    Answer answer;
    AnswerFiles files;
    After after = After::keep;
  };

  awaitable<Next> serve_one();
  // Checks the head and makes the Request. Gives `answered` when the front itself objects.
  Stage take_head(Exchange& exchange);
  // On the pool: asks for the plan, and for the answer when there is no body to wait for.
  Stage decide(Exchange& exchange);
  // On the pool: asks for the answer.
  Stage handle(Exchange& exchange);

  awaitable<Stage> receive(Exchange& exchange);
  awaitable<Stage> receive_pieces(Exchange& exchange);
  awaitable<Stage> take_piece(Exchange& exchange, std::span<const char> piece);
  awaitable<Stage> answer_too_large(Exchange& exchange);
  // Fills `piece` with the next bytes of the body; fewer at its end only.
  awaitable<std::pair<error_code, std::size_t>> read_body(Parser& parser, std::span<char> piece);

  awaitable<Next> answer_bad_head(error_code error);
  awaitable<Next> send_answer(Exchange& exchange);
  awaitable<bool> send_files(AnswerFiles& files);
  // Sends both texts. False when the client is gone.
  awaitable<bool> send(std::string_view first, std::string_view second = {});
  // Reads what is left of a body that nobody wants. False when it does not end well.
  awaitable<bool> skip_rest(Parser& parser);
  // Gives the client time to read its answer while it is still sending.
  awaitable<void> linger();

  // Starts a phase, or a phase anew: its time runs from now.
  void enter(Phase phase);
  void cut();

  Server& server_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_{std::size_t{1} << 20};
  Phase phase_ = Phase::idle;
  steady_clock::time_point deadline_ = steady_clock::time_point::max();
  steady_clock::time_point answering_since_;
  bool cut_ = false;
};

template <class Work>
awaitable<std::invoke_result_t<Work>> HttpFront::Server::on_pool(Work work) {
  using Value = std::invoke_result_t<Work>;
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Value)>(
      [this](auto handler, Work todo) {
        asio::post(pool_, [this, handler = std::move(handler), todo = std::move(todo)]() mutable {
          Value value = todo();
          asio::post(io_, [handler = std::move(handler), value = std::move(value)]() mutable {
            std::move(handler)(std::move(value));
          });
        });
      },
      asio::use_awaitable, std::move(work));
}

// --- Session: requests ---

awaitable<void> HttpFront::Server::Session::run() {
  Next next = Next::request;
  while (next == Next::request && !cut_) {
    enter(Phase::idle);
    next = co_await serve_one();
  }
  if (next == Next::linger && !cut_) co_await linger();
}

awaitable<HttpFront::Server::Session::Next> HttpFront::Server::Session::serve_one() {
  Exchange exchange;
  exchange.parser.header_limit(server_.options_.header_limit_bytes);
  exchange.parser.body_limit(boost::none);
  auto [error, count] =
      co_await http::async_read_header(socket_, buffer_, exchange.parser, as_result);
  if (cut_) co_return Next::close;
  if (error) co_return co_await answer_bad_head(error);

  const InWork in_work(server_);
  enter(Phase::handling);
  Stage stage = take_head(exchange);
  if (stage == Stage::expected) {
    stage = co_await server_.on_pool([&] { return decide(exchange); });
  }
  if (stage == Stage::expected) stage = co_await receive(exchange);
  if (stage == Stage::whole) {
    enter(Phase::handling);
    stage = co_await server_.on_pool([&] { return handle(exchange); });
  }
  if (stage == Stage::answered) co_return co_await send_answer(exchange);
  // An Upload cleans up after itself, which may take a while.
  co_await server_.on_pool([&] { return exchange.plan.upload.reset(), stage; });
  co_return Next::close;
}

HttpFront::Server::Session::Stage HttpFront::Server::Session::take_head(Exchange& exchange) {
  auto objected = objection(exchange.parser);
  if (!objected) {
    auto request = to_request(exchange.parser, server_.own_host_);
    if (request) {
      exchange.request = *std::move(request);
      return Stage::expected;
    }
    objected = plain_answer(400, request.error().message);
  }
  exchange.answer = *std::move(objected);
  exchange.after = After::close;  // where the next request begins is open to doubt
  return Stage::answered;
}

HttpFront::Server::Session::Stage HttpFront::Server::Session::decide(Exchange& exchange) {
  exchange.plan = guarded([&] { return server_.handler_.plan(exchange.request); },
                          [] {
                            BodyPlan failed;
                            failed.refusal = std::make_unique<Answer>(internal_error());
                            return failed;
                          });
  if (exchange.plan.refusal) {
    exchange.plan.upload.reset();
    exchange.files = open_files(exchange.request.method, *exchange.plan.refusal);
    exchange.answer = std::move(*exchange.plan.refusal);
    return Stage::answered;
  }
  return exchange.parser.is_done() ? handle(exchange) : Stage::expected;
}

HttpFront::Server::Session::Stage HttpFront::Server::Session::handle(Exchange& exchange) {
  exchange.answer = guarded(
      [&] { return server_.handler_.handle(exchange.request, std::move(exchange.plan.upload)); },
      internal_error);
  exchange.files = open_files(exchange.request.method, exchange.answer);
  return Stage::answered;
}

// --- Session: bodies ---

awaitable<HttpFront::Server::Session::Stage> HttpFront::Server::Session::receive(
    Exchange& exchange) {
  const auto length = exchange.parser.content_length();
  if (!exchange.plan.upload && length && *length > exchange.plan.memory_limit) {
    co_return co_await answer_too_large(exchange);
  }
  if (awaits_continue(exchange.parser)) {
    const bool sent = co_await send("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return Stage::gone;
  }
  co_return co_await receive_pieces(exchange);
}

awaitable<HttpFront::Server::Session::Stage> HttpFront::Server::Session::receive_pieces(
    Exchange& exchange) {
  const auto length = exchange.parser.content_length();
  const std::size_t size = length ? std::min<std::uint64_t>(*length, piece_bytes) : piece_bytes;
  const auto room = std::make_unique_for_overwrite<char[]>(size);
  buffer_.reserve(std::min(size, read_bytes));
  for (;;) {
    const auto [error, count] = co_await read_body(exchange.parser, {room.get(), size});
    if (cut_) co_return Stage::gone;
    if (is_malformed(error)) {
      exchange.answer = plain_answer(400, "malformed body: " + error.message());
      exchange.after = After::close;
      co_return Stage::answered;
    }
    if (error) co_return Stage::gone;
    if (count > 0) {
      const Stage stage = co_await take_piece(exchange, {room.get(), count});
      if (stage != Stage::expected) co_return stage;
    }
    if (exchange.parser.is_done()) co_return Stage::whole;
  }
}

awaitable<HttpFront::Server::Session::Stage> HttpFront::Server::Session::take_piece(
    Exchange& exchange, std::span<const char> piece) {
  if (!exchange.plan.upload) {
    std::string& body = exchange.request.body;
    if (piece.size() > exchange.plan.memory_limit - body.size()) {
      co_return co_await answer_too_large(exchange);
    }
    body.append(piece.data(), piece.size());
    co_return Stage::expected;
  }
  enter(Phase::handling);
  co_return co_await server_.on_pool([this, &exchange, piece] {
    const Status written = guarded([&] { return exchange.plan.upload->write(piece); },
                                   []() -> Status { return fail(Code::internal, "it failed"); });
    if (written) return Stage::expected;
    exchange.plan.upload.reset();
    exchange.answer =
        guarded([&] { return server_.handler_.upload_failed(exchange.request, written.error()); },
                internal_error);
    return Stage::answered;
  });
}

awaitable<HttpFront::Server::Session::Stage> HttpFront::Server::Session::answer_too_large(
    Exchange& exchange) {
  enter(Phase::handling);
  exchange.request.body.clear();
  co_return co_await server_.on_pool([this, &exchange] {
    exchange.answer =
        guarded([&] { return server_.handler_.too_large(exchange.request); }, internal_error);
    exchange.files = open_files(exchange.request.method, exchange.answer);
    return Stage::answered;
  });
}

awaitable<std::pair<error_code, std::size_t>> HttpFront::Server::Session::read_body(
    Parser& parser, std::span<char> piece) {
  auto& body = parser.get().body();
  body.data = piece.data();
  body.size = piece.size();
  body.more = true;
  error_code error;
  while (!error && !parser.is_done() && body.size > 0) {
    enter(Phase::receiving);
    auto [failed, count] = co_await http::async_read_some(socket_, buffer_, parser, as_result);
    if (failed != http::error::need_buffer) error = failed;  // the piece is full
  }
  co_return std::pair(error, piece.size() - body.size);
}

awaitable<bool> HttpFront::Server::Session::skip_rest(Parser& parser) {
  const auto room = std::make_unique_for_overwrite<char[]>(small_rest_bytes);
  while (!parser.is_done()) {
    const auto [error, count] = co_await read_body(parser, {room.get(), small_rest_bytes});
    if (error || cut_) co_return false;
  }
  co_return true;
}

// --- Session: answers ---

awaitable<HttpFront::Server::Session::Next> HttpFront::Server::Session::answer_bad_head(
    error_code error) {
  if (!is_malformed(error)) co_return Next::close;
  const bool too_long = error == http::error::header_limit || error == http::error::buffer_overflow;
  const Answer answer = too_long ? plain_answer(431, "the head of the request is too large")
                                 : plain_answer(400, "malformed request: " + error.message());
  const std::string head =
      format_head(answer, standard_reason(answer.status), answer.body.size(), After::close);
  const bool sent = co_await send(head, answer.body);
  co_return sent ? Next::linger : Next::close;
}

awaitable<HttpFront::Server::Session::Next> HttpFront::Server::Session::send_answer(
    Exchange& exchange) {
  answering_since_ = steady_clock::now();
  const Parser& parser = exchange.parser;
  const auto rest = parser.content_length_remaining();
  const bool rest_is_small = rest && *rest <= small_rest_bytes && !awaits_continue(parser);
  if ((!parser.is_done() && !rest_is_small) || !parser.keep_alive() || server_.stopping_since_) {
    exchange.after = After::close;
  } else if (exchange.after == After::keep && parser.get().version() == 10) {
    exchange.after = After::kept_for_1_0;
  }
  Answer& answer = exchange.answer;
  const bool head_only = exchange.parser.get().method() == http::verb::head;
  std::optional<std::uint64_t> length = answer.body.size() + exchange.files.length();
  if (head_only) length = answer.head_length;
  if (!may_have_body(answer.status)) length = std::nullopt;
  if (head_only || !length) answer.body.clear();

  const std::string head =
      format_head(answer, standard_reason(answer.status), length, exchange.after);
  bool sent = co_await send(head, answer.body);
  if (sent) sent = co_await send_files(exchange.files);
  if (!sent || cut_) co_return Next::close;
  if (exchange.after == After::close) co_return parser.is_done() ? Next::close : Next::linger;
  const bool skipped = co_await skip_rest(exchange.parser);
  co_return skipped ? Next::request : Next::close;
}

awaitable<bool> HttpFront::Server::Session::send_files(AnswerFiles& files) {
  if (files.length() == 0) co_return true;
  socket_.native_non_blocking(true);
  for (;;) {
    enter(Phase::handling);
    const Result<AnswerFiles::Sent> sent =
        co_await server_.on_pool([&] { return files.send(socket_.native_handle()); });
    if (cut_) co_return false;
    if (!sent) {
      // The length is out already: a connection that ends early is how the client learns of it.
      if (sent.error().code != Code::unavailable)
        log_error("an answer ends early: " + sent.error().message);
      co_return false;
    }
    if (*sent == AnswerFiles::Sent::all) co_return true;
    if (*sent == AnswerFiles::Sent::some) continue;
    enter(Phase::answering);
    const auto [error] = co_await socket_.async_wait(tcp::socket::wait_write, as_result);
    if (error || cut_) co_return false;
  }
}

awaitable<bool> HttpFront::Server::Session::send(std::string_view first, std::string_view second) {
  while (!first.empty() || !second.empty()) {
    enter(Phase::answering);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
    auto [error, count] = co_await socket_.async_write_some(buffers, as_result);
    if (error || cut_) co_return false;
    const std::size_t of_first = std::min(count, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(count - of_first);
  }
  co_return true;
}

awaitable<void> HttpFront::Server::Session::linger() {
  error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  enter(Phase::receiving);
  deadline_ = steady_clock::now() + linger_time;
  std::uint64_t total = 0;
  while (!error && !cut_ && total < linger_bytes) {
    buffer_.clear();
    auto [failed, count] = co_await socket_.async_read_some(buffer_.prepare(read_bytes), as_result);
    error = failed;
    total += count;
  }
}

// --- Session: time ---

void HttpFront::Server::Session::enter(Phase phase) {
  phase_ = phase;
  const FrontOptions& options = server_.options_;
  switch (phase) {
    case Phase::idle: deadline_ = steady_clock::now() + options.idle_timeout; break;
    case Phase::receiving:
    case Phase::answering: deadline_ = steady_clock::now() + options.stall_timeout; break;
    case Phase::handling: deadline_ = steady_clock::time_point::max(); break;
  }
  if (server_.stopping_since_) cut_when_waiting();
}

void HttpFront::Server::Session::cut_when_over(steady_clock::time_point now) {
  const auto& stopping = server_.stopping_since_;
  if (now >= deadline_) cut();
  if (stopping && phase_ == Phase::answering &&
      now >= std::max(*stopping, answering_since_) + stop_grace) {
    cut();
  }
}

void HttpFront::Server::Session::cut_when_waiting() {
  if (phase_ == Phase::idle || phase_ == Phase::receiving) cut();
}

void HttpFront::Server::Session::cut() {
  cut_ = true;
  error_code ignored;  // the client may have gone by itself
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
}

// --- Server ---

HttpFront::Server::Server(FrontOptions options, Handler& handler, UniqueFd listener)
    : options_(std::move(options)),
      handler_(handler),
      port_(port_of(listener)),
      own_host_(options_.host + ":" + std::to_string(port_)),
      pool_(static_cast<std::size_t>(std::max(options_.handler_threads, 1))) {
  listener_.assign(listener.release());
  asio::co_spawn(io_, accept_all(), asio::detached);
  asio::co_spawn(io_, watch_deadlines(), asio::detached);
  io_thread_ = std::jthread([this] { io_.run(); });
}

awaitable<void> HttpFront::Server::accept_all() {
  for (;;) {
    auto [error] =
        co_await listener_.async_wait(asio::posix::descriptor_base::wait_read, as_result);
    if (error || stopping_since_) co_return;
    UniqueFd fd;
    Accepted accepted = accept_connection(listener_.native_handle(), fd);
    for (; accepted == Accepted::connection;
         accepted = accept_connection(listener_.native_handle(), fd)) {
      tcp::socket socket(io_, tcp::v4(), fd.release());
      asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
    }
    if (accepted == Accepted::out_of_descriptors) {
      log_warn("no descriptors left for another connection");
      asio::steady_timer pause(io_, std::chrono::milliseconds(100));
      co_await pause.async_wait(as_result);
    }
  }
}

void HttpFront::Server::take(UniqueFd connection) {
  asio::post(io_, [this, fd = std::move(connection)]() mutable {
    tcp::socket socket(io_, tcp::v4(), fd.release());
    asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
  });
}

awaitable<void> HttpFront::Server::serve(tcp::socket socket) {
  {
    Session session(*this, std::move(socket));
    co_await session.run();
  }
  if (stopping_since_ && sessions_.empty()) tick_.cancel();
}

awaitable<void> HttpFront::Server::watch_deadlines() {
  using std::chrono::milliseconds;
  const milliseconds shortest = std::min(options_.idle_timeout, options_.stall_timeout);
  const milliseconds interval = std::clamp(shortest / 4, milliseconds(5), milliseconds(1000));
  while (!stopping_since_ || !sessions_.empty()) {
    tick_.expires_after(stopping_since_ ? std::min(interval, milliseconds(100)) : interval);
    co_await tick_.async_wait(as_result);
    const auto now = steady_clock::now();
    for (Session* session : sessions_) session->cut_when_over(now);
  }
}

void HttpFront::Server::stop() {
  std::call_once(stopped_, [this] {
    asio::post(io_, [this] { begin_stop(); });
    io_thread_.join();
    pool_.join();
  });
}

void HttpFront::Server::begin_stop() {
  stopping_since_ = steady_clock::now();
  listener_.close();
  for (Session* session : sessions_) session->cut_when_waiting();
  tick_.cancel();
  keep_running_.reset();  // what is in work keeps the I/O thread running
}

steady_clock::time_point HttpFront::Server::last_request() const {
  return in_work_ > 0 ? steady_clock::now() : last_request_.load();
}

// --- HttpFront ---

Result<std::unique_ptr<HttpFront>> HttpFront::listen(FrontOptions options, Handler& handler) {
  DMS_TRY(UniqueFd listener, listen_on(options.host, options.port));
  try {
    return std::unique_ptr<HttpFront>(
        new HttpFront(std::make_unique<Server>(std::move(options), handler, std::move(listener))));
  } catch (const std::exception& thrown) {
    return fail(Code::exhausted, std::string("cannot serve: ") + thrown.what());
  }
}

HttpFront::HttpFront(std::unique_ptr<Server> server) : server_(std::move(server)) {}
HttpFront::~HttpFront() = default;

std::uint16_t HttpFront::port() const { return server_->port(); }
void HttpFront::serve(UniqueFd connection) { server_->take(std::move(connection)); }
void HttpFront::stop() { server_->stop(); }
steady_clock::time_point HttpFront::last_request() const { return server_->last_request(); }
std::uint64_t HttpFront::requests() const { return server_->requests(); }

}  // namespace dms::service
