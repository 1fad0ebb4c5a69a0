/// `explain ftp`: short FTP dialogues, played through the conversations that serve real ones, so that what is shown is
/// what is done.
#pragma once

#include <string>

namespace sallyport::program {

/// One dialogue for each way on which FTP is protected: who says what to whom, what is rewritten, and why.
std::string explain_ftp();

}  // namespace sallyport::program
