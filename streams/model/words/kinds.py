"""Kinds of touch that presets score and adapters send. Kinds are open: another one is only asked about."""

KNOWN_KINDS = (
    "page_view", "visit", "video_view", "presentation_request", "presentation_download", "calculator_use",
    "callback_request", "chat_message", "message", "call", "form_submit",
    "email_open", "email_click", "sms_click", "ad_click", "social_click", "social_subscribe", "social_activity",
    "newsletter_subscribe", "unsubscribe", "blog_read", "guide_download", "ebook_download", "estimate_request",
    "demo_request", "demo_use", "price_question", "deal_date_set", "invoice_request", "checkout_start", "meeting",
    "questionnaire", "note",
)  # fmt: skip
