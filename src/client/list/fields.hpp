/// The fields of an entry: which there are, what each may hold, and to which encryption each belongs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "client/list/server_list.hpp"

namespace sallyport::client {

/// What is wrong with a value. `at` is a part of the value that was read.
struct Fault {
    std::string_view at;
    std::string reason;
    std::string remedy;
};

enum class BelongsTo { both, native, tls };

struct Field {
    std::string_view key;
    BelongsTo belongs_to;
    /// Reads a value that is not empty into the entry.
    std::optional<Fault> (*read)(Entry& entry, std::string_view value);
    /// Of a required field, a line to write when it is missing; of one that belongs to one kind of encryption, what to
    /// do under the other.
    std::string_view advice;
    bool required = false;
    bool ftp_alone = false;
};

std::span<const Field> fields();
const Field* find_field(std::string_view key);

/// `on` or `off`, for the switches of the entry and of the list.
std::optional<Fault> read_switch(bool& on, std::string_view value, std::string_view key);

/// 72 hex digits, with hyphens and blanks anywhere: the text of a fixed key, whatever its check digits say.
bool looks_like_fixed_key(std::string_view value);

/// The known key that is most like `key`; empty when none is.
std::string_view nearest_key(std::string_view key);

}  // namespace sallyport::client
