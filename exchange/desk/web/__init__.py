"""The pages: what a practitioner does at their desk, in a browser.

Promises: every page is made here, from the same use cases as the API, and works without JavaScript; what a
person wrote is shown as text and never as markup; what was typed is not lost when something goes wrong.
Never: a page decides, keeps, or reaches a store or a key: it asks `exchange.desk.service`.
"""
