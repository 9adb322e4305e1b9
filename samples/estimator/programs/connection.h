// Lines of text over TCP between a master and its workers.
//
//   worker: hello DIGEST                  master: welcome, or: refused WHY
//   master: run ID VALUE…                 worker: done ID NUMBER…, or: failed ID WHY
//   master: bye                           and both close
//
// Numbers travel as the shortest text that reads back the same.
#pragma once

#include <optional>
#include <string>

namespace estimator {

struct Address {
  std::string ip;  // IPv4, as numbers
  int port = 0;
};
// "10.0.0.4:4004". Throws Problem.
Address address_of(const std::string& text);

// One end. A peer whose machine is gone is noticed within half a minute: the kernel asks.
class Connection {
 public:
  explicit Connection(int fd);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  int fd() const { return fd_; }
  // False when the peer is gone.
  bool send(const std::string& line);
  // Takes in what has arrived, waiting for something; false at the end of the stream.
  bool receive();
  // The next whole line of what was taken in.
  std::optional<std::string> next_line();

 private:
  int fd_;
  std::string received_;
};

// A socket that listens. Throws Problem.
int listen_at(const Address& address);
// Tries again until the address answers or the seconds are over; nothing then.
std::optional<Connection> connect_to(const Address& address, int seconds);

}  // namespace estimator
