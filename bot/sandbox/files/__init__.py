"""Files: on their way in, kept, and on their way out."""

from bot.sandbox.files.pictures import check_pictures, is_ready
from bot.sandbox.files.transfer import FileSpace, Transfer
from bot.sandbox.files.uploads import Uploads, texts_by_file

__all__ = ["FileSpace", "Transfer", "Uploads", "check_pictures", "is_ready", "texts_by_file"]
